package main

import (
	"errors"
	"maps"
	"net"
	"os"
	"os/signal"
	"slices"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/web"
)

// serveFlags holds the flags for the address of the page and for uploads.
type serveFlags struct {
	listen string
	upload cli.Size
	limit  int
	seed   uint64
}

// Defaults of serve.
const (
	defaultListen = "127.0.0.1:0"
	defaultUpload = 256 << 20
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
	in.live.addProcess(cmd)
	fs.StringVar(&f.listen, "listen", defaultListen, "listen on `ADDR`; port 0: any free port")
	f.upload = defaultUpload
	fs.Var(&f.upload, "max-upload", "accept dropped captures up to `SIZE`")
	fs.IntVar(&f.limit, "limit", page.DefaultLimit, "with -r: show at most `N` packets")
	fs.Uint64Var(&f.seed, "seed", page.DefaultSeed, "choose the quiz questions by the number `N`")
	in.keep.add(cmd)
	in.addSandbox(cmd)
	in.filter.add(cmd)
	return cmd
}

// check returns an error for values that are not allowed.
func (f *serveFlags) check(cmd *cobra.Command, in *input) error {
	if f.limit < 1 || f.limit > page.MaxLimit {
		return cli.Wrongf("--limit %d: it must be 1 to %d packets", f.limit,
			page.MaxLimit)
	}
	if in.live.iface != "" && cmd.Flags().Changed("limit") {
		return cli.Wrongf("--limit is for captures that are read; " +
			"a live page has the newest packets")
	}
	if _, err := web.Address(f.listen); err != nil {
		return cli.Wrongf("--listen %w", err)
	}
	if in.live.iface == "" && in.demo == "" && len(in.files) == 0 {
		return cli.Wrong(errNoInput) // before a socket is opened
	}
	return in.keep.start(cmd, in, nil)
}

func (f *serveFlags) run(cmd *cobra.Command, in *input) (err error) {
	address, err := web.Address(f.listen)
	if err != nil {
		return err // already checked
	}
	listener, names, err := web.Listen(address)
	if err != nil {
		return err
	}
	defer listener.Close() // closes it a second time if the server has closed it
	stop := make(chan os.Signal, 1)
	pipeline.NotifyStop(stop)
	defer signal.Stop(stop)
	if !address.IP.IsLoopback() {
		term.Notice(cmd.ErrOrStderr(),
			"%v can be reached from other machines, without encryption: whoever sees the link "+
				"or the traffic sees the packets", listener.Addr())
	}
	in.sandbox.web = true
	in.keeps += 2 * page.Memory // its own page and that of an uploaded capture
	in.proofs = true
	p, err := in.start(cmd, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.keep.close()) }()
	interfaces, err := interfacesOf(p)
	if err != nil {
		return errors.Join(err, p.Close())
	}
	if err := errors.Join(in.watchProcesses(cmd, p), in.keep.prepare(cmd, in, p),
		in.confine(cmd, nil)); err != nil {
		return errors.Join(err, p.Close())
	}
	if err := in.keep.also(); err != nil {
		return errors.Join(err, p.Close())
	}
	s := web.Session{Pipeline: p, Listener: listener, Names: names,
		Title: in.sourceName() + " - portsniff", Program: programName(),
		Interfaces: interfaces, MaxUpload: int64(f.upload), Stop: stop,
		MaxDecompressed: int64(in.unpack),
		Ended:           func() error { return in.keep.ended(cmd.ErrOrStderr()) },
		Out:             cmd.OutOrStdout(), Status: cmd.ErrOrStderr(),
		Builder: page.NewBuilder(page.Options{Program: programName(), Source: in.sourceName(),
			Flags: sourceFlags(in), Limit: f.limit, Seed: f.seed, Store: true,
			Interfaces: slices.Sorted(maps.Keys(interfaces)), Processes: p.Processes},
			p.Analyzer.Flows)}
	return s.Run()
}

// interfacesOf returns the system's interfaces with their numbers for a capture on all of them,
// else nil. It runs before the sandbox closes.
func interfacesOf(p *pipeline.Pipeline) (map[string]int, error) {
	if p.Live() == nil || p.Live().Name != live.AnyInterface {
		return nil, nil
	}
	list, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	index := map[string]int{}
	for _, i := range list {
		index[i.Name] = i.Index
	}
	return index, nil
}
