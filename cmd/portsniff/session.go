package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/sandbox"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/term"
)

// An outputError is a failure of the output, after which nothing more is written.
type outputError = pipeline.OutputError

// addJobs adds the flag that says how many workers there are.
func (in *input) addJobs(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.IntVar(&in.jobs, "jobs", min(runtime.GOMAXPROCS(0), pipeline.MaxJobs),
		"use `N` workers; default: a processor each")
	fs.Lookup("jobs").DefValue = "0" // makes pflag print none
}

// options opens what the flags name and returns the options of a pipeline for it. Notices go to the
// command's standard error. With quiet, a progress bar does too: the command writes nothing else
// to the terminal while it reads.
func (in *input) options(cmd *cobra.Command, quiet bool) (opt pipeline.Options, err error) {
	if err := in.check(cmd); err != nil {
		return opt, err
	}
	filter, err := in.packetFilter(cmd)
	if err != nil {
		return opt, err
	}
	in.limitHeap(cmd.Context())
	in.live.filter = filter.Kernel()
	opt = pipeline.Options{Limit: in.count, Jobs: in.jobs, Signals: true,
		Table: flow.Options{Memory: in.tableMemory(), Hosts: true, Proofs: in.proofs,
			TCP: in.proofs},
		Status: cmd.ErrOrStderr()}
	if quiet {
		opt.Progress = cmd.ErrOrStderr()
	}
	if opt.Source, err = in.open(cmd); err == nil {
		// in a stream nothing waits for packets that may never follow
		opt.Ahead = opt.Source.Size() > 0 || in.demo != ""
	}
	opt.Metrics = in.live.listener
	opt.Filter, opt.Kernel = filter.Without(in.live.filter), in.live.filter
	return opt, err
}

// start is options, and the pipeline.
func (in *input) start(cmd *cobra.Command, quiet bool) (*pipeline.Pipeline, error) {
	opt, err := in.options(cmd, quiet)
	if err != nil {
		return nil, err
	}
	return pipeline.New(opt), nil
}

// tableMemory is how much of the memory that a user allows is for tables: the program itself needs
// some.
func (in *input) tableMemory() int { return int(in.memory - in.memory/8) }

// addProcess adds the flag of commands that look up the process of a packet.
func (f *liveFlags) addProcess(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.process, "process", true, "find the process of a flow")
}

// watchProcesses has the processes of this host looked up while packets are captured. It comes
// before the sandbox, which leaves no way to. If it cannot be done, the capture continues without.
func (in *input) watchProcesses(cmd *cobra.Command, p *pipeline.Pipeline) error {
	if p.Live() == nil || !in.live.process || cmd.Context().Value(processKey{}) == nil {
		return nil
	}
	mode := sandbox.Mode(in.sandbox.mode) // it was checked
	watch, err := sockets.StartHelper(mode, in.sandbox.user)
	switch {
	case err == nil:
		p.SetWatch(watch)
	case p.NeedsWatch():
		return fmt.Errorf("--where asks for processes: %w", err)
	case errors.Is(err, sockets.ErrNotSupported) && !cmd.Flags().Changed("process"):
	default:
		term.Notice(cmd.ErrOrStderr(), "no process names: %s", err.Error())
	}
	return nil
}

// noProcesses is why --where cannot ask for processes, nil if it can.
func (f *liveFlags) noProcesses() error {
	switch {
	case f.iface == "":
		return errors.New(
			"a capture file has no processes: process, pid and user are known only while " +
				"capturing, with -i")
	case !f.process:
		return errors.New(
			"process, pid and user need a command that looks for processes (--process): " +
				"portsniff itself, ports or flows")
	}
	return nil
}

// refresh returns a table that draw writes. While a capture continues it is drawn every --interval:
// on a terminal, or elsewhere if the flag was given.
func (in *input) refresh(cmd *cobra.Command, p *pipeline.Pipeline,
	draw func(io.Writer) error) *term.LiveTable {
	t := term.NewLiveTable(cmd.OutOrStdout(), draw)
	if p.Live() != nil && in.format == formatText &&
		(term.Is(cmd.OutOrStdout()) || cmd.Flags().Changed("interval")) {
		p.Every(in.live.interval, t.Draw)
	}
	return t
}
