package main

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/ipfix"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/records"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// defaultIdle is the time without packets after which a flow ends. Zeek uses the same for TCP.
const defaultIdle = 5 * time.Minute

// recordFlags holds the flags that control when records are written, and where they are sent.
type recordFlags struct {
	idle, active time.Duration
	ipfix        string // the address of a collector, "" for none
	biflow       bool
}

func (f *recordFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.DurationVar(&f.idle, "idle-timeout", defaultIdle, "end a flow after `TIME` of silence")
	fs.DurationVar(&f.active, "active-timeout", 0, "split a flow that lasts `TIME`")
	fs.StringVar(&f.ipfix, "ipfix", "", "send IPFIX to `URL`: udp, tcp or tls://host:4739")
	fs.BoolVar(&f.biflow, "ipfix-biflow", false, "send one record for both directions")
}

// given reports whether the flags request records.
func (f *recordFlags) given(in *input) bool {
	return f.ipfix != "" || slices.Contains(records.Formats(), in.format)
}

// refuse returns an error if a flag of records is given in a command that writes none.
func (f *recordFlags) refuse(cmd *cobra.Command) error {
	for _, name := range []string{"idle-timeout", "active-timeout", "ipfix-biflow"} {
		store := cmd.Flags().Changed("store") && name != "ipfix-biflow"
		if cmd.Flags().Changed(name) && !store {
			return cli.Wrongf("--%s needs --ipfix, or --format zeek, zeek-json or ecs",
				name)
		}
	}
	return nil
}

// check returns an error for flags that do not work with records.
func (f *recordFlags) check(cmd *cobra.Command, in *input) error {
	for _, name := range []string{"proto", "host", "between", "by", "top", "interval",
		"community-id", "process", "jobs", "tcp", "store", "sensor", "max-size"} {
		if cmd.Flags().Changed(name) {
			return cli.Wrongf("--%s does not go with records of flows; use a filter or --where",
				name)
		}
	}
	switch {
	case f.ipfix != "" && in.format != formatText:
		return cli.Wrongf("--ipfix and --format %s exclude each other", in.format)
	case f.ipfix == "" && f.biflow:
		return cli.Wrongf("--ipfix-biflow needs --ipfix URL")
	}
	if f.idle <= 0 || f.active < 0 {
		return cli.Wrongf("--idle-timeout and --active-timeout must be above 0")
	}
	return nil
}

// run writes a record for each flow when it ends.
func (f *recordFlags) run(cmd *cobra.Command, in *input) (err error) {
	if in.filter.dump > 0 {
		return dumpFilter(cmd, in)
	}
	if err := f.check(cmd, in); err != nil {
		return err
	}
	w, err := f.open(cmd, in)
	if err != nil {
		return err
	}
	opt, err := in.options(cmd, true)
	if err != nil {
		return err
	}
	opt.Table = flow.Options{Memory: opt.Table.Memory / records.TablePart, Idle: f.idle,
		Active: f.active}
	p := pipeline.New(opt)
	defer cli.Close(p, &err)
	if w.lost != nil {
		*w.lost = func() uint64 { return dropped(p) }
	}
	if err := in.confine(cmd, nil); err != nil {
		return err
	}
	if err := w.begin(); err != nil {
		return &outputError{Err: err}
	}
	return cli.Finish(p.Records(w.record, w.flush), w.end)
}

// A recordOutput is a destination of records.
type recordOutput struct {
	begin  func() error
	record func(*records.Record) error
	flush  func() error // called when no frame arrives for some time
	end    func() error
	lost   *func() uint64 // set by run to a function that counts lost packets; nil if unused
}

// dropped returns the number of packets that the capture lost, 0 for files.
func dropped(p *pipeline.Pipeline) uint64 {
	l := p.Live()
	if l == nil {
		return 0
	}
	s, err := l.Stats()
	if err != nil {
		return 0 // the end of the capture reports the error
	}
	return s.Dropped
}

// open connects to the collector, if there is one. It runs before the sandbox closes, because no
// connection can be made after that.
func (f *recordFlags) open(cmd *cobra.Command, in *input) (recordOutput, error) {
	if f.ipfix == "" {
		out := bufio.NewWriterSize(cmd.OutOrStdout(), outputSize)
		w := records.NewWriter(in.format, out)
		return recordOutput{begin: w.Begin, record: w.Record, flush: out.Flush,
			end: func() error { return errors.Join(w.End(), out.Flush()) }}, nil
	}
	to, err := ipfix.Dial(cmd.Context(), f.ipfix)
	if errors.Is(err, ipfix.ErrAddress) {
		return recordOutput{}, cli.Wrongf("--ipfix %w", err)
	}
	if err != nil {
		return recordOutput{}, fmt.Errorf("--ipfix: %w", err)
	}
	e := ipfix.NewExporter(to, f.biflow)
	begin := func() error { return nil }
	end := func() error {
		if err := e.Close(); err != nil {
			return err
		}
		sent := textutil.Plural(e.Sent(), "record")
		if to.Datagrams() {
			term.Notice(cmd.ErrOrStderr(), "%s sent to %s; UDP cannot confirm that they arrived",
				sent, to)
		} else {
			term.Notice(cmd.ErrOrStderr(), "%s sent to %s", sent, to)
		}
		if e.Unsent > 0 {
			term.Notice(cmd.ErrOrStderr(), "%s without IP addresses not sent",
				textutil.Plural(e.Unsent, "flow"))
		}
		return nil
	}
	return recordOutput{begin: begin, record: e.Record, flush: e.Flush, end: end,
		lost: &e.Ignored}, nil
}
