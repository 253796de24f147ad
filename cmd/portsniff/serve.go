package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/web"
)

// serveFlags say where the page is served, and what it takes.
type serveFlags struct {
	listen string
	upload cli.Size
	limit  int
	seed   uint64
}

// Defaults and bounds of serving.
const (
	defaultListen = "127.0.0.1:0"
	defaultUpload = 256 << 20
	// packets of a dropped capture with all their fields: the browser has them beside its own
	servedLimit  = 20_000
	servedMemory = 64 << 20               // bytes for its flows
	closeGrace   = 500 * time.Millisecond // for browsers to take the last event
	refreshShare = 10                     // at most one part of the time makes new tables
)

func newServe() *cobra.Command {
	var in input
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve -r FILE | -i INTERFACE [FILTER]",
		Short: "Show the page in a browser, live with -i",
		Long: `serve shows the page of "portsniff report" to browsers on this machine and
prints a link with a secret token. With -i it captures and the page updates.
Captures that you drop on the page are decoded here. Nothing is encrypted.`,
		Example: `  portsniff serve -r capture.pcap
  sudo portsniff serve -i eth0 not port 22
  portsniff serve --demo services --listen 127.0.0.1:8080`,
		Args: filterWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if in.filter.dump > 0 {
				return dumpFilter(cmd, &in)
			}
			if err := f.check(cmd, &in); err != nil {
				return err
			}
			return f.run(cmd, &in)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	in.addFiles(cmd)
	in.color = colorNever
	in.live.add(cmd)
	fs.StringVar(&f.listen, "listen", defaultListen, "listen on `ADDR`; port 0: any free port")
	f.upload = defaultUpload
	fs.Var(&f.upload, "max-upload", "accept dropped captures up to `SIZE`")
	fs.IntVar(&f.limit, "limit", page.DefaultLimit, "with -r: show at most `N` packets")
	fs.Uint64Var(&f.seed, "seed", page.DefaultSeed, "choose the quiz questions by this number")
	in.addSandbox(cmd)
	in.filter.add(cmd)
	return cmd
}

// check finds mistakes in the flags.
func (f *serveFlags) check(cmd *cobra.Command, in *input) error {
	if f.limit < 1 || f.limit > page.MaxLimit {
		return cli.Wrongf("--limit %d: it must be 1 to %d packets", f.limit,
			page.MaxLimit)
	}
	if in.live.iface != "" && cmd.Flags().Changed("limit") {
		return cli.Wrongf("--limit is for captures that are read; " +
			"a live page has the newest packets")
	}
	if _, err := f.address(); err != nil {
		return cli.Wrongf("--listen %w", err)
	}
	if in.live.iface == "" && in.demo == "" && len(in.files) == 0 {
		return cli.Wrong(errNoInput) // before anything listens
	}
	return nil
}

// address is where to listen. Names are not looked up.
func (f *serveFlags) address() (*net.TCPAddr, error) {
	host, port, err := net.SplitHostPort(f.listen)
	if err != nil {
		host, port = f.listen, "0"
	}
	ip := net.ParseIP(host)
	if host == "localhost" {
		ip = net.IPv4(127, 0, 0, 1)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if ip == nil || err != nil {
		return nil, fmt.Errorf("%q is no IP address with a port, as 127.0.0.1:8080 or [::1]:8080",
			f.listen)
	}
	return &net.TCPAddr{IP: ip, Port: int(n)}, nil
}

// A serving is a session whose page is served.
type serving struct {
	*serveFlags
	in       *input
	session  *pipeline.Pipeline
	builder  *page.Builder
	live     *page.Live // nil where files are read
	listener net.Listener
	names    map[string]bool
	stop     chan os.Signal
	failed   chan error // the server's end
}

func (f *serveFlags) run(cmd *cobra.Command, in *input) error {
	address, _ := f.address() // it was checked
	network := "tcp6"
	if address.IP.To4() != nil {
		network = "tcp4" // also for 0.0.0.0, which would be IPv6's otherwise
	}
	listener, err := net.ListenTCP(network, address)
	if err != nil {
		return err
	}
	defer listener.Close() // again, where the server has done it
	names, err := web.Names(listener.Addr())
	if err != nil {
		return err
	}
	v := &serving{serveFlags: f, in: in, listener: listener, names: names,
		stop: make(chan os.Signal, 1), failed: make(chan error, 1)}
	pipeline.NotifyStop(v.stop)
	defer signal.Stop(v.stop)
	if !address.IP.IsLoopback() {
		term.Notice(cmd.ErrOrStderr(),
			"%v can be reached from other machines, without encryption: whoever sees the link "+
				"or the traffic sees the packets", listener.Addr())
	}
	in.sandbox.web = true
	in.keeps = 2 * page.Memory // its own page, and a dropped capture's
	in.proofs = true
	s, err := in.start(cmd, true)
	if err != nil {
		return err
	}
	v.session = s
	if err := in.confine(cmd, nil); err != nil {
		return errors.Join(err, s.Close())
	}
	v.builder = page.NewBuilder(page.Options{Program: programName(), Source: in.sourceName(),
		Flags: sourceFlags(in), Limit: f.limit, Seed: f.seed}, s.Analyzer.Flows)
	if s.Live() != nil {
		return v.follow(cmd)
	}
	return v.show(cmd)
}

// show reads files, then serves until it is reported to stop.
func (v *serving) show(cmd *cobra.Command) error {
	s := v.session
	err := s.Each(func(fr *analysis.Frame) error { return v.builder.Add(fr, s.Interface().Name) })
	err = errors.Join(err, s.Close())
	if err != nil && s.Packets() == 0 || errors.Is(err, pipeline.ErrInterrupted) {
		return err
	}
	if err != nil {
		v.builder.Stopped(err) // the page says it now, the status in the end
	}
	server, e := v.start(cmd)
	if e != nil {
		return e
	}
	return errors.Join(err, v.wait(), server.Close(closeGrace))
}

// follow serves while it captures. When the capture ends by itself the page stays until it is
// reported to stop.
func (v *serving) follow(cmd *cobra.Command) error {
	s := v.session
	v.live = page.NewLive(v.builder)
	server, err := v.start(cmd)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	done := make(chan struct{})
	refreshed := make(chan error, 1)
	go func() { refreshed <- v.refresh(done) }()
	err = s.Each(func(fr *analysis.Frame) error { return v.live.Add(fr, s.Interface().Name) })
	close(done)
	err = errors.Join(err, <-refreshed, v.tables())
	v.live.End(ending(err))
	err = errors.Join(err, s.Close())
	if s.Live() != nil && len(v.stop) == 0 {
		term.Notice(cmd.ErrOrStderr(), "the capture has ended; the page stays until ctrl-C")
	}
	return errors.Join(err, v.wait(), server.Close(closeGrace))
}

// ending is what the page says of a capture's end.
func ending(err error) string {
	if err != nil {
		return err.Error()
	}
	return "it was stopped"
}

// refresh makes the tables anew again and again. What takes long is done less often.
func (v *serving) refresh(done <-chan struct{}) error {
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

// tables makes the tables anew once, between two packets.
func (v *serving) tables() error {
	return v.session.Locked(func() error {
		st, err := v.session.Live().Stats()
		return errors.Join(err, v.live.Refresh(st.Dropped, st.InterfaceDropped))
	})
}

// start serves, and prints the link.
func (v *serving) start(cmd *cobra.Command) (*web.Server, error) {
	opt := web.Options{Title: v.in.sourceName() + " - portsniff", Live: v.live, Names: v.names,
		MaxUpload: int64(v.upload), Decode: v.dropped, Data: v.builder.WriteJSON}
	if v.live != nil {
		opt.Data = v.live.WriteJSON
	}
	server, err := web.New(v.listener, opt)
	if err != nil {
		return nil, err
	}
	go func() { v.failed <- server.Serve(v.listener) }()
	if _, err := fmt.Fprintf(cmd.OutOrStdout(), "http://%s/?token=%s\n", v.name(),
		server.Token()); err != nil {
		return nil, errors.Join(&outputError{Err: err}, server.Close(0))
	}
	return server, nil
}

// name is how a browser on this machine gets to the server.
func (v *serving) name() string {
	a := v.listener.Addr().(*net.TCPAddr) // that is what was asked for
	if a.IP.IsUnspecified() {
		return net.JoinHostPort("localhost", strconv.Itoa(a.Port))
	}
	return a.String()
}

// wait waits for a signal, or for the server to fail.
func (v *serving) wait() error {
	select {
	case <-v.stop:
		return nil
	case err := <-v.failed:
		return err
	}
}

// dropped decodes a capture that somebody dropped on the page, until ctx ends: nothing of it is
// written anywhere.
func (v *serving) dropped(ctx context.Context, r io.Reader) (func(io.Writer) error, error) {
	p, b, err := newDropped(ctx, r, v.in.unpack)
	if err != nil {
		return nil, err
	}
	err = p.Each(func(f *analysis.Frame) error { return b.Add(f, p.Interface().Name) })
	var full *outputError
	if errors.As(err, &full) {
		err = full.Err
	}
	err = errors.Join(err, p.Close())
	var large *http.MaxBytesError
	if err != nil && (p.Packets() == 0 || errors.As(err, &large)) {
		return nil, err
	}
	if err != nil {
		b.Stopped(err)
	}
	return b.WriteJSON, nil
}
