package main

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

// lookupTime is how long all names of a filter may take together.
const lookupTime = 10 * time.Second

// A resolver says where names are looked up.
type resolver struct {
	host             func(context.Context, string) ([]netip.Addr, error)
	networks, ethers string // files, in the form of networks(5) and ethers(5)
}

// system looks up where tcpdump does.
func system() resolver {
	host := func(ctx context.Context, name string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	}
	return resolver{host, "/etc/networks", "/etc/ethers"}
}

// A phonebook has what the names in a filter stand for. It is complete before the first packet: programs are compiled when their link type is
// met, and then there are no sockets and no files any more.
type phonebook struct {
	hosts    map[string][]netip.Addr
	networks map[string]uint32
	ethers   map[string][6]byte
}

// lookUp finds what every name in an expression stands for. What can't be found is a *filter.Error.
func (r resolver) lookUp(ctx context.Context, expr string, names []filter.Name) (*phonebook, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	book := &phonebook{map[string][]netip.Addr{}, map[string]uint32{}, map[string][6]byte{}}
	for _, n := range names {
		if err := r.one(ctx, book, n); err != nil {
			return nil, &filter.Error{Expr: expr, At: n.At, End: n.End, Problem: err.Error()}
		}
	}
	return book, nil
}

// one looks up one name, if it is not in the book yet.
func (r resolver) one(ctx context.Context, book *phonebook, n filter.Name) (err error) {
	switch n.Kind {
	case filter.NetworkName:
		book.networks[n.Text], err = networkOf(r.networks, n.Text)
	case filter.EtherName:
		book.ethers[n.Text], err = etherOf(r.ethers, n.Text)
	default:
		if book.hosts[n.Text] != nil {
			return nil
		}
		book.hosts[n.Text], err = r.host(ctx, n.Text)
		var dns *net.DNSError
		if errors.As(err, &dns) {
			err = errors.New(dns.Err) // the name is pointed at
		}
	}
	return err
}

// errUnknown is what there is to say of a name that is not in the book.
var errUnknown = errors.New("the name was not looked up")

func (b *phonebook) host(name string) ([]netip.Addr, error) { return entry(b.hosts, name) }
func (b *phonebook) network(name string) (uint32, error)    { return entry(b.networks, name) }
func (b *phonebook) ether(name string) ([6]byte, error)     { return entry(b.ethers, name) }

func entry[T any](m map[string]T, name string) (T, error) {
	v, ok := m[name]
	if !ok {
		return v, errUnknown
	}
	return v, nil
}

// etherOf finds a hardware address in a file of lines such as "02:00:00:00:00:01 router", ethers(5).
func etherOf(file, name string) (mac [6]byte, err error) {
	err = inFile(file, func(words []string) (bool, error) {
		if len(words) < 2 || !strings.EqualFold(words[1], name) {
			return false, nil
		}
		parts := strings.Split(words[0], ":")
		for i := range mac {
			n, err := strconv.ParseUint(parts[min(i, len(parts)-1)], 16, 8)
			if err != nil || len(parts) != len(mac) {
				return false, fmt.Errorf("%q in %s is no hardware address", words[0], file)
			}
			mac[i] = byte(n)
		}
		return true, nil
	})
	return mac, err
}

// networkOf finds a network's number in a file of lines such as "loopback 127.0.0.0 alias", networks(5). As glibc has it, a number of fewer than four
// parts gets zeros behind it, so that a filter for it, as tcpdump's, is for the one address with these zeros, unless it begins with a zero.
func networkOf(file, name string) (number uint32, err error) {
	err = inFile(file, func(words []string) (bool, error) {
		if len(words) < 2 || !named(append(words[2:], words[0]), name) {
			return false, nil
		}
		parts := strings.Split(words[1], ".")
		if len(parts) > 4 {
			return false, fmt.Errorf("%q in %s is no number of a network", words[1], file)
		}
		for i := range 4 {
			n := uint64(0)
			if i < len(parts) {
				if n, err = strconv.ParseUint(parts[i], 0, 8); err != nil {
					return false, fmt.Errorf("%q in %s is no number of a network", words[1], file)
				}
			}
			number = number<<8 | uint32(n)
		}
		return true, nil
	})
	return number, err
}

// named tells whether a name is among others, whatever the capitals.
func named(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// inFile goes through the words of the lines of a file, without what stands behind #, until one is what was looked for.
func inFile(file string, is func(words []string) (bool, error)) error {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no %s to look it up in", file)
	}
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if found, err := is(strings.Fields(line)); found || err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return fmt.Errorf("%s has no such name", file)
}
