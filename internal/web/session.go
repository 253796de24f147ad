package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/term"
)

const (
	closeGrace   = 500 * time.Millisecond // time for browsers to receive the last event
	refreshShare = 10                     // at most 1/10 of the time rebuilds tables
)

// Address parses the address to listen on: an IP address or localhost, and a port. It does not
// resolve names.
func Address(text string) (*net.TCPAddr, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = text, "0"
	}
	ip := net.ParseIP(host)
	if host == "localhost" {
		ip = net.IPv4(127, 0, 0, 1)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if ip == nil || err != nil {
		return nil, fmt.Errorf("%q is not an IP address with a port, such as 127.0.0.1:8080 or "+
			"[::1]:8080", text)
	}
	return &net.TCPAddr{IP: ip, Port: int(n)}, nil
}

// Listen opens the socket. It also returns the names that browsers may use for it.
func Listen(address *net.TCPAddr) (net.Listener, map[string]bool, error) {
	network := "tcp6"
	if address.IP.To4() != nil {
		network = "tcp4" // also for 0.0.0.0, which tcp6 would take for ::
	}
	l, err := net.ListenTCP(network, address)
	if err != nil {
		return nil, nil, err
	}
	names, err := Names(l.Addr())
	if err != nil {
		return nil, nil, errors.Join(err, l.Close())
	}
	return l, names, nil
}

// A Session reads packets from a pipeline and serves the page about them.
type Session struct {
	Pipeline        *pipeline.Pipeline
	Builder         *page.Builder
	Listener        net.Listener
	Names           map[string]bool // see Listen
	Title, Program  string
	MaxUpload       int64            // greatest size of a dropped capture, in bytes
	MaxDecompressed int64            // greatest decompressed size, in bytes; 0 for no limit
	Stop            <-chan os.Signal // ends serving
	Interfaces      map[string]int   // numbers, for a capture on all interfaces; else nil
	Ended           func() error     // called when a capture has ended; may be nil
	Out, Status     io.Writer        // for the link, and for notices

	live    *page.Live // nil if files are read
	control *Control   // of a live capture
	failed  chan error // result of the server
}

// Run serves until it is stopped, and closes the pipeline.
func (v *Session) Run() error {
	v.failed = make(chan error, 1)
	if v.Pipeline.Live() != nil {
		return v.follow()
	}
	return v.show()
}

// show reads files, then serves until it is stopped.
func (v *Session) show() error {
	s := v.Pipeline
	err := s.Each(func(fr *analysis.Frame) error { return v.Builder.Add(fr, s.Interface().Name) })
	err = errors.Join(err, s.Close())
	if err != nil && s.Packets() == 0 || errors.Is(err, pipeline.ErrInterrupted) {
		return err
	}
	if err != nil {
		v.Builder.Stopped(err) // the page shows it now, the exit status reports it later
	}
	server, e := v.start()
	if e != nil {
		return e
	}
	return errors.Join(err, v.wait(), server.Close(closeGrace))
}

// follow serves while it captures. When the capture ends by itself, the page stays until follow is
// stopped.
func (v *Session) follow() error {
	s := v.Pipeline
	v.live = page.NewLive(v.Builder)
	v.control = NewControl(s.Live().Interface().Link, v.Interfaces)
	s.Take = v.control.Take
	server, err := v.start()
	if err != nil {
		return errors.Join(err, s.Close())
	}
	done := make(chan struct{})
	refreshed := make(chan error, 1)
	go func() { refreshed <- v.refresh(done) }()
	err = s.Each(func(fr *analysis.Frame) error { return v.live.Add(fr, s.Interface().Name) })
	close(done)
	if v.Ended != nil {
		err = errors.Join(err, v.Ended())
	}
	err = errors.Join(err, <-refreshed, v.tables())
	v.live.End(ending(err))
	err = errors.Join(err, s.Close())
	if s.Live() != nil && len(v.Stop) == 0 {
		term.Notice(v.Status, "the capture has ended; the page stays until ctrl-C")
	}
	return errors.Join(err, v.wait(), server.Close(closeGrace))
}

// ending returns the page's text about a capture's end.
func ending(err error) string {
	if err != nil {
		return err.Error()
	}
	return "it was stopped"
}

// refresh rebuilds the tables repeatedly, and less often if that takes long.
func (v *Session) refresh(done <-chan struct{}) error {
	for {
		began := time.Now()
		if err := v.tables(); err != nil {
			return err
		}
		select {
		case <-done:
			return nil
		case <-time.After(max(page.RefreshEvery, refreshShare*time.Since(began))):
		}
	}
}

// tables rebuilds the tables once, between two packets.
func (v *Session) tables() error {
	return v.Pipeline.Locked(func() error {
		v.live.Choose(v.control.State())
		st, err := v.Pipeline.Live().Stats()
		return errors.Join(err, v.live.Refresh(st.Dropped, st.InterfaceDropped))
	})
}

// start starts the server and prints the link.
func (v *Session) start() (*Server, error) {
	opt := Options{Title: v.Title, Live: v.live, Control: v.control, Names: v.Names,
		MaxUpload: v.MaxUpload,
		Shown:     Shown{Data: v.Builder.WriteJSON, Packets: v.Builder},
		Decode: func(ctx context.Context, r io.Reader) (*Shown, error) {
			return decodeDropped(ctx, r, v.MaxDecompressed, v.Program)
		}}
	if v.live != nil {
		opt.Shown = Shown{Data: v.live.WriteJSON, Packets: &between{Live: v.live, p: v.Pipeline}}
	}
	server, err := New(v.Listener, opt)
	if err != nil {
		return nil, err
	}
	go func() { v.failed <- server.Serve(v.Listener) }()
	if _, err := fmt.Fprintf(v.Out, "http://%s/?token=%s\n", v.name(),
		server.Token()); err != nil {
		return nil, errors.Join(&pipeline.OutputError{Err: err}, server.Close(0))
	}
	return server, nil
}

// name returns the host name for a browser on this machine.
func (v *Session) name() string {
	a := v.Listener.Addr().(*net.TCPAddr) // Listen opens TCP sockets only
	if a.IP.IsUnspecified() {
		return net.JoinHostPort("localhost", strconv.Itoa(a.Port))
	}
	return a.String()
}

// wait waits for a signal or for the server to fail.
func (v *Session) wait() error {
	select {
	case <-v.Stop:
		return nil
	case err := <-v.failed:
		return err
	}
}
