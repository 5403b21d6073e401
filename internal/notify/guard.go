package notify

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// closed are networks that no party's webhook may lie in: this machine, the networks around it, and what leads into them by another
// name. The address is looked at when the connection is made, so a name that leads here the second time is refused too.
var closed = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8")

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// guarded reports why an address may not be called; nil if it may. Allowed networks are open whatever they are.
func guarded(ip netip.Addr, allowed []netip.Prefix) error {
	ip = ip.Unmap().WithZone("")
	for _, p := range allowed {
		if p.Contains(ip) {
			return nil
		}
	}
	for _, p := range closed {
		if p.Contains(ip) {
			return fmt.Errorf("%s lies in %s, which webhooks may not call", ip, p)
		}
	}
	return nil
}

// guard is the control of a dialer: it sees the address that a name has come to, right before it is called. Where only is set, nothing
// but the allowed networks may be called.
func guard(allowed []netip.Prefix, only bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return err
		}
		ip, err := netip.ParseAddr(host)
		if err != nil {
			return err
		}
		if only && !slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return p.Contains(ip.Unmap().WithZone("")) }) {
			return fmt.Errorf("%s may not be called without TLS", ip)
		}
		return guarded(ip, allowed)
	}
}
