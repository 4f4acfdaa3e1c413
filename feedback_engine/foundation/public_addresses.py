"""Pure. Which IP addresses lie in the public internet, and which inside somebody's network.

Imports nothing but the standard library: the process that sends to chat services asks it too, and starts quickly.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: how a network with IPv6 only reaches the rest
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291; whatever lies outside is local, mapped or not yet given out
# Teredo, 6to4 and its relays are tunnels whose addresses hide an IPv4 address; 3fff::/20 is for examples (RFC 9637).
_NOWHERE = (
    IPv6Network("2001::/32"),
    IPv6Network("2002::/16"),
    IPv6Network("3fff::/20"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("192.0.0.0/24"),  # RFC 6890; Oracle's machines reach their own host in it, and Python lets some through
    IPv4Network("168.63.129.16/32"),  # public by its number, but Azure's machines reach their own host at it
)
# Databases, queues, remote desktops and mail, as browsers and cloud scanners know them.
_OTHER_SERVICES = frozenset(
    {1433, 1521, 2049, 2375, 2376, 3306, 3389, 4369, 5060, 5061, 5432, 5672, 5900, 6000, 6379, 6667, 9200, 11211, 27017}
)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also when it wears another family's clothes."""
    try:
        ip = _unwrapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL_UNICAST:
        return False
    nowhere = any(ip in network for network in _NOWHERE if network.version == ip.version)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or nowhere)


def is_port_of_hooks(port: int | None) -> bool:
    """Whether hooks may be received at a port of somebody else's machine; None is that of https.

    Below 1024 live other services, and some above speak so loosely that a POST could command them.
    """
    return port in (None, 443) or (port is not None and port >= 1024 and port not in _OTHER_SERVICES)


def is_literal(host: str) -> bool:
    """Whether a host is written as an IP address, in the form that every program reads alike."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, if the network would hand its packets on to that."""
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip in _NAT64:
            return IPv4Address(ip.packed[-4:])
    return ip
