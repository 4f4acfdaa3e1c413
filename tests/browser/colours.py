"""Whether texts can be read in their colours, asked once for each sort of text instead of once for each text."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.screen import OF_COLOURS, Barrier, bring_axe, told

OPTIONS = {
    "runOnly": {"type": "rule", "values": list(OF_COLOURS)},
    "elementRef": True,
}


class Colours:
    """Looks at one page after the other, on this screen or that, by daylight or in the dark.

    Whether a text can be read depends on the styles of the elements it lies in, and on whether it leaves these. All
    texts for which that is the same are of one sort, whatever their page: axe is asked about a sort until it has let
    it pass, and then not again.
    """

    def __init__(self) -> None:
        self._answered: set[str] = set()

    def barriers(self, page: Page) -> list[Barrier]:
        """What keeps somebody from reading the page in its present colours."""
        sorts: list[str] = page.evaluate(_SORT)
        if self._answered.issuperset(sorts):
            return []
        bring_axe(page)
        found, answered = page.evaluate(_ASK, [OPTIONS, [sort for sort in sorts if sort not in self._answered]])
        self._answered.update(answered)
        return told(found)


_SORT = """() => {
    const names = ['color', 'fill', 'backgroundColor', 'backgroundImage', 'backgroundSize', 'backgroundClip', 'opacity',
        'filter', 'backdropFilter', 'mixBlendMode', 'textShadow', 'webkitTextFillColor', 'webkitTextStroke', 'fontSize',
        'fontWeight', 'fontStyle', 'textDecoration', 'borderBottom', 'position', 'zIndex', 'overflow', 'clip',
        'clipPath', 'transform', 'display', 'visibility'];
    const styles = (element, pseudo) => {
        const style = getComputedStyle(element, pseudo);
        return pseudo && ['none', 'normal'].includes(style.content) ? '' : names.map(name => style[name]).join();
    };
    const within = (inner, outer) => {
        const [a, b] = [inner.getBoundingClientRect(), outer.getBoundingClientRect()];
        return a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
    };
    const sees_through = element => getComputedStyle(element).backgroundColor === 'rgba(0, 0, 0, 0)';
    const ground = element => element && sees_through(element) ? ground(element.parentElement) : element;
    const texts = new Map(), chains = new Map();
    const short = words => {  // 64 bits of it: some thousand sorts do not meet
        let [one, other] = [0x811c9dc5, 0x9e3779b9];
        for (let at = 0; at < words.length; at++) {
            one = Math.imul(one ^ words.charCodeAt(at), 0x01000193);
            other = Math.imul(other ^ words.charCodeAt(at), 0x85ebca6b);
            other ^= other >>> 15;
        }
        return (one >>> 0).toString(36) + '.' + (other >>> 0).toString(36);
    };
    const chain = element => {
        if (element && !chains.has(element))
            chains.set(element, short([chain(element.parentElement), element.tagName,
                element.matches(':disabled, [aria-disabled=true]'), styles(element), styles(element, '::before'),
                styles(element, '::after')].join('|')));
        return chains.get(element) ?? '';
    };
    const is_inline = element => getComputedStyle(element).display.startsWith('inline');
    const block = element => is_inline(element) && element.parentElement ? block(element.parentElement) : element;
    const amid_text = element => element.matches('a[href]') && is_inline(element)
        && block(element).textContent.trim() !== element.textContent.trim();
    const writable = 'input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea';
    const has_text = element => element.matches(writable)
        || [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const is_seen = element => {
        const box = element.getBoundingClientRect();
        return box.width > 1 && box.height > 1 && box.right + scrollX > 0 && box.bottom + scrollY > 0
            && element.checkVisibility({opacityProperty: true, visibilityProperty: true});
    };
    for (const element of document.body.querySelectorAll('*')) {
        const link = amid_text(element), on = ground(element);
        if (!is_seen(element) || !(link || has_text(element))) continue;
        const sort = [chain(element), link, on ? within(element, on) : true].join('|');
        texts.set(sort, [...(texts.get(sort) ?? []), element]);
    }
    window.texts = texts;
    return [...texts.keys()];
}"""
"""Sorts the texts that can be seen by the styles of all the elements they lie in, and by whether they leave these."""

_ASK = """async ([options, sorts]) => {
    const has_picture = element =>
        element && (getComputedStyle(element).backgroundImage !== 'none' || has_picture(element.parentElement));
    const unjudged = ['bgImage', 'bgGradient', 'shortTextContent'];
    const is_painted = node => has_picture(node.element)
        && node.any.some(({data}) => data?.contrastRatio === 0 && unjudged.includes(data.messageKey));
    const nodes = rules => rules.flatMap(rule => rule.nodes);
    const elements = each => new Set(each.map(node => node.element));
    const broken = [], answered = new Set();
    const ask = async (sorts, texts_of) => {
        const found = await axe.run({include: sorts.flatMap(texts_of)}, options);
        const good = elements([...nodes(found.passes), ...nodes(found.incomplete).filter(is_painted)]);
        const doubts = nodes(found.incomplete).filter(node => !is_painted(node));
        const bad = elements([...nodes(found.violations), ...doubts]);
        for (const sort of sorts)
            if (texts_of(sort).every(text => good.has(text) && !bad.has(text))) answered.add(sort);
        broken.push(...found.violations.map(({id, nodes}) => ({id, nodes: nodes.map(({html}) => ({html}))})));
    };
    await ask(sorts, sort => [window.texts.get(sort)[0]]);
    const doubtful = sorts.filter(sort => !answered.has(sort) && window.texts.get(sort).length > 1);
    if (doubtful.length && !broken.length) await ask(doubtful, sort => window.texts.get(sort));
    return [broken, [...answered]];
}"""
"""Asks axe about one text of each sort, and about every one where it has no answer to that.

Tells what keeps somebody from reading them, and the sorts that axe let pass. A picture or a gradient behind a text is
nothing that it judges, so that asking again would tell no more.
"""
