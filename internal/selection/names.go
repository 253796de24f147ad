package selection

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/portsniff/portsniff/filter"
)

// lookupTimeout limits the lookup of all names of a filter together.
const lookupTimeout = 10 * time.Second

// A Resolver looks up the names in a capture filter.
type Resolver struct {
	Host     func(ctx context.Context, name string) ([]netip.Addr, error)
	Networks string // path of a file in the format of networks(5)
	Ethers   string // path of a file in the format of ethers(5)
}

// SystemResolver looks names up where tcpdump does: in the DNS and in the files of /etc.
func SystemResolver() *Resolver {
	host := func(ctx context.Context, name string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	}
	return &Resolver{host, "/etc/networks", "/etc/ethers"}
}

// A nameTable holds the values of all names in a filter. It is complete before the first packet.
// The program for a link type is compiled when the first frame of that type arrives. By then the
// sandbox allows neither sockets nor files.
type nameTable struct {
	hosts    map[string][]netip.Addr
	networks map[string]uint32
	ethers   map[string][6]byte
}

// lookUp finds the values of all names in expr. A failure is a *filter.Error.
func (r *Resolver) lookUp(ctx context.Context, expr string, names []filter.Name) (*nameTable,
	error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	t := &nameTable{map[string][]netip.Addr{}, map[string]uint32{}, map[string][6]byte{}}
	for _, n := range names {
		if err := r.add(ctx, t, n); err != nil {
			return nil, &filter.Error{Expr: expr, At: n.At, End: n.End, Problem: err.Error()}
		}
	}
	return t, nil
}

// add looks up one name unless the table has it.
func (r *Resolver) add(ctx context.Context, t *nameTable, n filter.Name) (err error) {
	switch n.Kind {
	case filter.NetworkName:
		t.networks[n.Text], err = networkOf(r.Networks, n.Text)
	case filter.EtherName:
		t.ethers[n.Text], err = etherOf(r.Ethers, n.Text)
	default:
		if t.hosts[n.Text] != nil {
			return nil
		}
		t.hosts[n.Text], err = r.Host(ctx, n.Text)
		var dns *net.DNSError
		if errors.As(err, &dns) {
			err = errors.New(dns.Err) // the message points at the name
		}
	}
	return err
}

// errUnknownName is the error for a name that is not in the table.
var errUnknownName = errors.New("the name was not looked up")

func (t *nameTable) host(name string) ([]netip.Addr, error) { return entry(t.hosts, name) }
func (t *nameTable) network(name string) (uint32, error)    { return entry(t.networks, name) }
func (t *nameTable) ether(name string) ([6]byte, error)     { return entry(t.ethers, name) }

func entry[T any](m map[string]T, name string) (T, error) {
	v, ok := m[name]
	if !ok {
		return v, errUnknownName
	}
	return v, nil
}

// etherOf finds a hardware address in a file with lines like "02:00:00:00:00:01 router", ethers(5).
func etherOf(file, name string) (mac [6]byte, err error) {
	err = findLine(file, func(words []string) (bool, error) {
		if len(words) < 2 || !strings.EqualFold(words[1], name) {
			return false, nil
		}
		parts := strings.Split(words[0], ":")
		for i := range mac {
			n, err := strconv.ParseUint(parts[min(i, len(parts)-1)], 16, 8)
			if err != nil || len(parts) != len(mac) {
				return false, fmt.Errorf("%q in %s is not a hardware address", words[0], file)
			}
			mac[i] = byte(n)
		}
		return true, nil
	})
	return mac, err
}

// networkOf finds the number of a network in a file with lines like "loopback 127.0.0.0 alias",
// networks(5). Like glibc it appends zeros to a number of fewer than four parts. A filter for that
// network, like tcpdump's, then matches the one address with these zeros, unless the number begins
// with a zero.
func networkOf(file, name string) (number uint32, err error) {
	err = findLine(file, func(words []string) (bool, error) {
		if len(words) < 2 || !containsFold(append(words[2:], words[0]), name) {
			return false, nil
		}
		parts := strings.Split(words[1], ".")
		if len(parts) > 4 {
			return false, fmt.Errorf("%q in %s is not the number of a network", words[1], file)
		}
		for i := range 4 {
			n := uint64(0)
			if i < len(parts) {
				if n, err = strconv.ParseUint(parts[i], 0, 8); err != nil {
					return false, fmt.Errorf("%q in %s is not the number of a network", words[1],
						file)
				}
			}
			number = number<<8 | uint32(n)
		}
		return true, nil
	})
	return number, err
}

// containsFold reports whether name is in names, ignoring case.
func containsFold(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// findLine passes the words of each line of a file, without comments, to match until that returns
// true or an error.
func findLine(file string, match func(words []string) (bool, error)) error {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no %s to look it up in", file)
	}
	if err != nil {
		return err
	}
	defer f.Close() // read-only, so the error does not matter
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if found, err := match(strings.Fields(line)); found || err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return fmt.Errorf("%s has no such name", file)
}
