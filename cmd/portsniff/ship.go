package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/clickhouse"
	"github.com/portsniff/portsniff/internal/metrics"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/ship"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// shipTries is the number of attempts without progress before ship gives up, about half a minute.
const shipTries = 7

// shipEvery is how often --watch checks for new inputs.
const shipEvery = 5 * time.Second

// A shipper sends a store to a server.
type shipper struct {
	in     input // for the sandbox and --metrics
	dir    string
	to     string
	server serverFlags
	watch  bool
}

func newShip() *cobra.Command {
	var s shipper
	cmd := &cobra.Command{
		Use:   "ship DIR --to URL",
		Short: "Send a store to ClickHouse",
		Long: `ship sends the Parquet files of a store to ClickHouse over HTTP. It notes in the
store what was sent: run it again, and it sends the rest. A file that is sent
twice counts once. Make the tables with "portsniff schema clickhouse".`,
		Example: `  portsniff ship store --to http://127.0.0.1:8123
  portsniff ship store --to https://ship@ch:8443 --password-file secret
  portsniff ship store --to http://127.0.0.1:8123 --watch`,
		Args: cli.AtMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return cli.Wrongf("which store? give its folder")
			case s.to == "":
				return cli.Wrongf("where to? give --to URL, such as http://127.0.0.1:8123")
			}
			s.dir = args[0]
			return s.run(cmd)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&s.to, "to", "", "send to the server at `URL`")
	s.server.add(cmd)
	fs.BoolVar(&s.watch, "watch", false, "go on and send new inputs until Ctrl-C")
	fs.StringVar(&s.in.live.metrics, "metrics", "", "answer Prometheus at `ADDR:PORT`")
	s.in.color = colorNever
	s.in.addSandbox(cmd)
	return cmd
}

func (s *shipper) run(cmd *cobra.Command) (err error) {
	if err := s.in.check(cmd); err != nil {
		return err
	}
	client, err := s.server.client(cmd, s.to)
	if err != nil {
		return err
	}
	log, err := s.open(client)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	opt := ship.Options{Folder: s.dir, Server: client, Log: log, Tries: shipTries,
		Sleep: ship.Sleep, Random: rand.Float64,
		Notice: func(format string, args ...any) {
			term.Notice(cmd.ErrOrStderr(), format, args...)
		}}
	if s.watch {
		opt.Watch = shipEvery
	}
	sender := ship.New(opt)
	closeMetrics, err := s.listen(cmd, sender)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeMetrics()) }()
	s.in.files = []string{s.dir}
	s.in.sandbox.connect = []uint16{client.Port()}
	if err := s.in.confine(cmd, nil); err != nil {
		return err
	}
	ctx, stop := stopped(cmd.Context())
	defer stop()
	return cli.Finish(sender.Run(ctx), func() error { return s.summary(cmd, sender.Counts()) })
}

// open reads the log of what was already sent.
func (s *shipper) open(client *clickhouse.Client) (*ship.Log, error) {
	if info, err := os.Stat(s.dir); err != nil || !info.IsDir() {
		if err == nil {
			err = fmt.Errorf("%s: %w", s.dir, store.ErrNoStore)
		}
		return nil, err
	}
	if _, err := store.IDs(s.dir); err != nil && !(s.watch && errors.Is(err, store.ErrNoStore)) {
		return nil, err
	}
	has, err := store.Contents(s.dir)
	if err != nil {
		return nil, err
	}
	return ship.OpenLog(s.dir, client.String(), s.server.database, has)
}

// listen serves metrics to Prometheus if --metrics is given. It runs before the sandbox closes.
func (s *shipper) listen(cmd *cobra.Command, sender *ship.Shipper) (end func() error, err error) {
	if err := s.in.listenMetrics(cmd); err != nil || s.in.live.listener == nil {
		return func() error { return nil }, err
	}
	registry := prometheus.NewRegistry()
	if err := sender.Register(registry); err != nil {
		return nil, err
	}
	return metrics.ServeFrom(s.in.live.listener, registry).Close, nil
}

// summary prints what was sent.
func (s *shipper) summary(cmd *cobra.Command, c ship.Counts) error {
	if c.Changed > 0 {
		term.Notice(cmd.ErrOrStderr(), "%s stored again with other contents after being sent: "+
			"the server keeps the first", textutil.Plural(uint64(c.Changed), "input"))
	}
	if c.Gone > 0 {
		term.Notice(cmd.ErrOrStderr(), "%s removed from the store before being sent",
			textutil.Plural(uint64(c.Gone), "input"))
	}
	text := fmt.Sprintf("%s sent: %s, %s", textutil.Plural(uint64(c.Inputs), "input"),
		textutil.Plural(uint64(c.Files), "file"), textutil.Plural(uint64(c.Bytes), "byte"))
	if c.Present > 0 {
		text += fmt.Sprintf("; %s there already", textutil.Plural(uint64(c.Present), "input"))
	}
	if c.Waiting > 0 {
		text += fmt.Sprintf("; %s not sent", textutil.Plural(uint64(c.Waiting), "input"))
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), text)
	return err
}

// stopped returns a context that ends with the first signal that ends an input. A second signal
// ends the process at once.
func stopped(parent context.Context) (ctx context.Context, end func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 1)
	pipeline.NotifyStop(signals)
	go func() {
		select {
		case s := <-signals:
			pipeline.StopOnce(signals, s)
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
