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

    Whether a text can be read depends on its own style, on the grounds of the elements it lies in, on whether it leaves
    these, and on what was taken out of the flow and lies over or under it. All texts for which that is the same are of
    one sort, whatever their page: axe is asked about a sort until it has let it pass, and then not again.
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
    const of_text = ['color', 'fill', 'textShadow', 'webkitTextFillColor', 'webkitTextStroke'];
    const of_link = ['fontSize', 'fontWeight', 'fontStyle', 'textDecoration', 'borderBottom'];
    const of_ground = {backgroundColor: 'rgba(0, 0, 0, 0)', backgroundImage: 'none', backgroundSize: 'auto',
        backgroundClip: 'border-box', opacity: '1', filter: 'none', backdropFilter: 'none', mixBlendMode: 'normal',
        clipPath: 'none', transform: 'none', zIndex: 'auto', position: 'static'};
    const is_large = ({fontSize, fontWeight}) =>  // may have less contrast, WCAG 1.4.3
        parseFloat(fontSize) >= (fontWeight >= 700 ? 18.66 : 24);
    const own = (element, also = []) =>
        [...[...of_text, ...also].map(name => styles_of(element)[name]), is_large(styles_of(element))].join();
    const ground_of = style => Object.entries(of_ground).map(
        ([name, usual]) => style[name] === usual ? '' : name + style[name]).join('');
    const pseudo = (element, name) => {
        const style = getComputedStyle(element, name);
        return ['none', 'normal'].includes(style.content) ? '' : name + ground_of(style);
    };
    const known = new Map();
    const styles_of = element => known.get(element) ?? known.set(element, getComputedStyle(element)).get(element);
    const within = (inner, outer) => {
        const [a, b] = [inner.getBoundingClientRect(), outer.getBoundingClientRect()];
        return a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
    };
    const sees_through = element => styles_of(element).backgroundColor === 'rgba(0, 0, 0, 0)';
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
    const chain = element => {  // what lies under everything in an element; most of them add nothing
        if (element && !chains.has(element)) {
            const part = [ground_of(styles_of(element)), pseudo(element, '::before'), pseudo(element, '::after'),
                element.matches(':disabled, [aria-disabled=true]') ? 'off' : ''].join('');
            const outer = chain(element.parentElement);
            chains.set(element, part ? short(outer + '|' + part) : outer);
        }
        return chains.get(element) ?? '';
    };
    const is_inline = element => styles_of(element).display.startsWith('inline');
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
    const meet = (one, other) => {
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    };
    const all = [...document.body.querySelectorAll('*')];
    const afloat = all.filter(element => styles_of(element).position !== 'static' && is_seen(element));
    const strangers = element => afloat.filter(
        other => !other.contains(element) && !element.contains(other) && meet(element, other)).map(chain);
    for (const element of all) {
        const link = amid_text(element), on = ground(element);
        if (!is_seen(element) || !(link || has_text(element))) continue;
        const style = link ? own(element, of_link) + own(block(element), of_link) : own(element);
        const sort = [chain(element), short(style), on ? within(element, on) : true, ...strangers(element)].join('|');
        texts.set(sort, [...(texts.get(sort) ?? []), element]);
    }
    window.texts = texts;
    return [...texts.keys()];
}"""
"""Sorts the texts that can be seen by their styles and the grounds of all the elements they lie in, by whether they
leave these, and by what else lies there."""

_ASK = """async ([options, sorts]) => {
    const has_picture = element =>
        element && (getComputedStyle(element).backgroundImage !== 'none' || has_picture(element.parentElement));
    const unjudged = ['bgImage', 'bgGradient', 'shortTextContent'];
    const is_painted = node => has_picture(node.element)
        && node.any.some(({data}) => data?.contrastRatio === 0 && unjudged.includes(data.messageKey));
    const nodes = rules => rules.flatMap(rule => rule.nodes);
    const elements = each => new Set(each.map(node => node.element));
    const broken = [], answered = new Set();
    const ask = async (sorts, texts_of, ends) => {
        const found = await axe.run({include: sorts.flatMap(texts_of)}, options);
        const good = elements([...nodes(found.passes), ...nodes(found.incomplete).filter(is_painted)]);
        const doubts = nodes(found.incomplete).filter(node => !is_painted(node));
        const bad = elements([...nodes(found.violations), ...doubts]);
        // What axe does not look at, as it is hidden from everybody or not to be read, it will not look at elsewhere.
        for (const sort of sorts)
            if (texts_of(sort).every(text => (good.has(text) || ends) && !bad.has(text)))
                answered.add(sort);
        broken.push(...found.violations.map(({id, nodes}) => ({id, nodes: nodes.map(({html}) => ({html}))})));
    };
    await ask(sorts, sort => [window.texts.get(sort)[0]], false);
    const doubtful = sorts.filter(sort => !answered.has(sort));
    if (doubtful.length && !broken.length) await ask(doubtful, sort => window.texts.get(sort), true);
    return [broken, [...answered]];
}"""
"""Asks axe about one text of each sort, and about every one where it has no answer to that.

Tells what keeps somebody from reading them, and the sorts that axe let pass or would not look at. A picture or a
gradient behind a text is nothing that it judges, so that asking again would tell no more.
"""
