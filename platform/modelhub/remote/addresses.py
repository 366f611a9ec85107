"""Which IP addresses are the public internet's. Pure: no name is resolved here.

`ipaddress.is_global` knows the registries of its Python; what tunnels lead through, what clouds
answer their own machines on and what was registered since are added. Sources: the IANA registries
of special-purpose addresses (RFC 6890, RFC 8190), RFC 6052 and 8215 (NAT64), RFC 3056 and 7526
(6to4), RFC 4380 (Teredo), and the clouds' own manuals.
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")

_NEVER = tuple(
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8",  # this host, on this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT; Alibaba's metadata are at 100.100.100.200
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host agent, behind every machine of it
        "169.254.0.0/16",  # link-local: most clouds' metadata, 169.254.169.254
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata are at 192.0.0.192
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # the nearest 6to4 relay, whoever that is
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: any IPv4 address in another's clothes
        "2620:4f:8000::/48",
        "3fff::/20",  # documentation, since 2024
    )
)


def is_public(text: str) -> bool:
    """Tell whether an address, as a resolver writes it, is one that anybody on the web may have.

    IPv6 is global unicast, or NAT64's well-known prefix before a public IPv4 address: in a network
    of IPv6 alone a resolver answers with that. Whatever else wraps an IPv4 address is refused.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        if address in _NAT64:
            return _is_allowed(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if address not in _GLOBAL_UNICAST:
            return False
    return _is_allowed(address)


def _is_allowed(address: Address) -> bool:
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    if special or not address.is_global:
        return False
    return not any(address.version == each.version and address in each for each in _NEVER)
