package sockets

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// A taker takes snapshots. It caches the names of users.
type taker struct{ users *users }

func newTaker() *taker { return &taker{newUsers()} }

// Take lists sockets with the processes that hold them. It covers this process's network namespace,
// and the other namespaces of processes that may be read.
//
// It works for every user. The snapshot counts what could not be read. After an error there is no
// list.
func Take() (*Snapshot, error) { return newTaker().take() }

func (t *taker) take() (*Snapshot, error) {
	own, err := namespaceAt("/proc/self")
	if err != nil {
		return nil, err
	}
	s := &Snapshot{}
	if s.Sockets, err = ownSockets(); err != nil {
		return nil, err
	}
	s.spaces = append(s.spaces, space{0, addrsOf("self")})
	h, err := scan(own, t.users)
	if err != nil {
		return nil, fmt.Errorf("reading the owners of sockets: %w", err)
	}
	if len(h.spaces) > 0 {
		// The sockets of other namespaces are listed only now. They may have been opened after
		// their processes were read, so the processes are read again.
		others(s, h)
		if h, err = scan(own, t.users); err != nil {
			return nil, fmt.Errorf("reading the owners of sockets: %w", err)
		}
	}
	s.Unread = h.unread
	for i := range s.Sockets {
		k := &s.Sockets[i]
		if k.Inode != 0 { // else the kernel reports user 0 for any user
			k.User = t.users.name(k.UID)
			k.Processes = h.by[k.Inode]
			slices.SortFunc(k.Processes, func(a,
				b Process) int {
				return cmp.Compare(a.PID, b.PID)
			})
		}
	}
	s.index()
	return s, nil
}

// others adds the sockets of other network namespaces. /proc/PID/net shows those of the process's
// namespace and needs no privilege, while entering the namespace needs CAP_SYS_ADMIN.
func others(s *Snapshot, h *holders) {
	for id, pid := range h.spaces {
		name := strconv.Itoa(pid)
		found, err := procSockets(name)
		addrs := addrsOf(name)
		// If the process exited and another got its PID, the lists would be those of another
		// namespace.
		if now, e := namespaceAt("/proc/" + name); err != nil || e != nil || now != id {
			s.Refused++
			continue
		}
		for i := range found {
			found[i].Namespace = id
		}
		s.Sockets = append(s.Sockets, found...)
		s.spaces = append(s.spaces, space{id, addrs})
	}
}

// namespaceAt returns the inode of the network namespace of the process with that folder.
func namespaceAt(folder string) (uint64, error) {
	dir, err := unix.Open(folder, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("opening %s: %w", folder, err)
	}
	defer unix.Close(dir)
	id, err := namespaceOf(dir)
	if err != nil {
		return 0, fmt.Errorf("reading %s/ns/net: %w", folder, err)
	}
	return id, nil
}

// ownSockets lists the sockets of this process's network namespace. It reads /proc, which is
// slower, if the kernel has no sock_diag or refuses it.
func ownSockets() ([]Socket, error) {
	names := map[int]string{}
	found, err := dumpDiag(func(n int) string {
		if _, ok := names[n]; !ok {
			names[n] = "#" + strconv.Itoa(n)
			if i, err := net.InterfaceByIndex(n); err == nil {
				names[n] = i.Name
			}
		}
		return names[n]
	})
	if err == nil {
		return found, nil
	}
	found, second := procSockets("self")
	if second != nil {
		return nil, also(err, second)
	}
	return found, nil
}

// procSockets lists the sockets of a process's network namespace from /proc.
func procSockets(pid string) (found []Socket, err error) {
	for _, f := range procFiles {
		err := readProc(pid, f.name, func(r io.Reader) error {
			some, err := readProcNet(r, f.proto, littleEndian())
			found = append(found, some...)
			return err
		})
		// the kernel may not support IPv6 or UDP-Lite
		if errors.Is(err, fs.ErrNotExist) && f.name != "tcp" {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("listing sockets: %w", err)
		}
	}
	return found, nil
}

// addrsOf returns the addresses of a process's network namespace. It skips what cannot be read;
// packets of these addresses then have no owner.
func addrsOf(pid string) map[netip.Addr]bool {
	addrs := map[netip.Addr]bool{}
	for name, read := range map[string]func(io.Reader,
		map[netip.Addr]bool) error{"fib_trie": readTrie, "if_inet6": readIfInet6} {
		if err := readProc(pid, name, func(r io.Reader) error {
			return read(r,
				addrs)
		}); err != nil {
			continue // no IPv4 or no IPv6
		}
	}
	return addrs
}

func readProc(pid, name string, read func(io.Reader) error) error {
	f, err := os.Open("/proc/" + pid + "/net/" + name)
	if err != nil {
		return err
	}
	defer f.Close() // read-only, so the error does not matter
	return read(f)
}

func littleEndian() bool { return binary.NativeEndian.Uint16([]byte{1, 0}) == 1 }
