package filter_test

import (
	"bytes"
	"errors"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

// TestKernel runs the table's programs in Linux, on a socket in its own network namespace. The
// kernel must accept each program that Raw returns, and select the same frames as the interpreter.
func TestKernel(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		testKernel(t, linktype.Ethernet)
		testKernel(t, linktype.SLL2)
	})
}

// testKernel makes this check for a socket with Ethernet frames, or for one with packets without
// link headers.
func testKernel(t *testing.T, link linktype.Type) {
	if t.Failed() {
		return
	}
	wire := newWire(t, link)
	if t.Failed() {
		return
	}
	sent := liveFrames(t, link)
	programs, longest := 0, 0
	for _, r := range table(t) {
		p, err := filter.Compile(r.expr, filter.Options{Link: link, Live: true, Services: services})
		if err != nil {
			continue
		}
		raw, err := p.Raw()
		if errors.Is(err, filter.ErrLoop) || strings.Contains(r.expr, "-1]") ||
			strings.Contains(r.expr, "<< ip[") || strings.Contains(r.expr, ">> ip[") {
			// offsets near the end of memory have another meaning in the kernel, and its shifts are
			// modulo 32
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", r.expr, err)
			continue
		}
		code := make([]unix.SockFilter, len(raw))
		for i, in := range raw {
			code[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
		}
		if err := unix.SetsockoptSockFprog(wire.in, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
			&unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}); err != nil {
			t.Errorf("%s: the kernel refuses the program: %v", r.expr, err)
			continue
		}
		var want [][]byte
		for _, f := range sent {
			if p.MatchMeta(f.seen, len(f.seen), f.meta(wire.index)) {
				want = append(want, f.seen)
			}
		}
		got, ok := wire.through(t, sent)
		if !ok {
			return
		}
		if link == linktype.Ethernet && strings.HasPrefix(r.expr, "vlan") &&
			!asksLength.MatchString(r.expr) {
			tagged(t, r.expr, sent, got)
		}
		if !slices.EqualFunc(got, want, bytes.Equal) {
			t.Errorf("link type %d: %s: the kernel lets %d of %d frames through, want %d", link,
				r.expr, len(got), len(sent), len(want))
		}
		programs, longest = programs+1, max(longest, len(want))
	}
	if programs < 400 || longest < len(sent) {
		t.Errorf("%d programs; the most permissive one passed %d of %d frames", programs,
			longest, len(sent))
	}
}

// asksLength matches filters on the length of a frame. Live frames lack the tag that the kernel
// removed, also in tcpdump.
var asksLength = regexp.MustCompile(`\b(len|less|greater)\b`)

// tagged checks that a live filter that begins with vlan selects the same frames as in a file,
// where every tag is in its place. The kernel may have removed the first tag, or left it in the
// frame with type 9100.
func tagged(t *testing.T, expr string, sent []liveFrame, got [][]byte) {
	p, err := filter.Compile(expr, filter.Options{Link: linktype.Ethernet, Services: services})
	if err != nil {
		t.Errorf("%s: %v", expr, err)
		return
	}
	var want [][]byte
	for _, f := range sent {
		if p.Match(f.sent, len(f.sent)) {
			want = append(want, f.seen)
		}
	}
	if !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%s: the kernel lets %d frames through, in a file it is %d", expr, len(got),
			len(want))
	}
}

// A liveFrame is a frame as it is sent, and as a filter in the kernel sees it: without the
// outermost VLAN tag, which the kernel stores separately.
type liveFrame struct {
	sent, seen []byte
	vlan       bool
	tci, proto uint16
}

func (f *liveFrame) meta(index int) filter.Meta {
	return filter.Meta{VLAN: f.vlan, TCI: f.tci, IfIndex: uint32(index), Proto: f.proto}
}

// liveFrames returns some complete frames of the samples.
func liveFrames(t *testing.T, link linktype.Type) (list []liveFrame) {
	kinds := map[string]int{}
	for _, f := range frames(t)[linktype.Ethernet] {
		if len(f.data) != f.wire || len(f.data) < 34 || len(f.data) > 1514 {
			continue
		}
		kind := string(f.data[12:24]) // type, version, length of an IP packet, or a tag
		if kinds[kind]++; kinds[kind] > 2 {
			continue
		}
		l := liveFrame{sent: f.data, seen: f.data}
		if tag := string(f.data[12:14]); tag == "\x81\x00" || tag == "\x88\xa8" {
			l.tci = uint16(f.data[14])<<8 | uint16(f.data[15])
			l.seen, l.vlan = slices.Concat(f.data[:12], f.data[16:]), true
		}
		if l.proto = uint16(l.seen[12])<<8 | uint16(l.seen[13]); link == linktype.SLL2 {
			if l.proto < 1536 {
				continue // a length, for which the kernel uses its own numbers
			}
			l.seen = l.seen[14:]
		}
		list = append(list, l)
	}
	return list
}

// A wire is a pair of interfaces: frames sent on the first are received on the second.
type wire struct {
	index        int // of the second
	out, in, all int // sockets; in has the filter, all receives everything
}

func newWire(t *testing.T, link linktype.Type) *wire {
	kind := unix.SOCK_RAW
	if link == linktype.SLL2 {
		kind = unix.SOCK_DGRAM
	}
	w := &wire{}
	for _, s := range []struct {
		fd       *int
		name     string
		kind     int
		protocol uint16
	}{{&w.out, "v0", unix.SOCK_RAW, 0}, {&w.all, "v1", kind, unix.ETH_P_ALL},
		{&w.in, "v1", kind, unix.ETH_P_ALL}} {
		// the last socket receives each frame first
		dev, err := net.InterfaceByName(s.name)
		if err != nil {
			t.Error(err)
			return nil
		}
		w.index = dev.Index
		proto := s.protocol<<8 | s.protocol>>8
		fd, err := unix.Socket(unix.AF_PACKET, s.kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		if err == nil {
			t.Cleanup(func() { unix.Close(fd) })
			err = errors.Join(unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20),
				unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: proto, Ifindex: dev.Index}))
		}
		if err != nil {
			t.Error(err)
			return nil
		}
		*s.fd = fd
	}
	return w
}

// through sends frames and returns those that pass the filter.
func (w *wire) through(t *testing.T, list []liveFrame) (got [][]byte, ok bool) {
	w.drain(t, w.in)
	w.drain(t, w.all)
	for _, f := range list {
		if _, err := unix.Write(w.out, f.sent); err != nil {
			t.Errorf("sending: %v", err)
			return nil, false
		}
	}
	for seen, deadline := 0, time.Now().Add(time.Minute); seen < len(list); seen += len(w.drain(t,
		w.all)) {
		if time.Now().After(deadline) {
			t.Errorf("of %d frames %d came within a minute", len(list), seen)
			return nil, false
		}
	}
	return w.drain(t, w.in), true
}

// drain reads all frames of a socket.
func (w *wire) drain(t *testing.T, fd int) (got [][]byte) {
	buf := make([]byte, 2048)
	for {
		n, err := unix.Read(fd, buf)
		if err == unix.EAGAIN {
			return got
		}
		if err != nil {
			t.Errorf("receiving: %v", err)
			return got
		}
		got = append(got, bytes.Clone(buf[:n]))
	}
}
