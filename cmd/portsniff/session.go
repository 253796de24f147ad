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

// An outputError is a failure of the output. Nothing is written after it.
type outputError = pipeline.OutputError

// addJobs adds the flag for the number of workers.
func (in *input) addJobs(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.IntVar(&in.jobs, "jobs", min(runtime.GOMAXPROCS(0), pipeline.MaxJobs),
		"use `N` workers; default: a processor each")
	fs.Lookup("jobs").DefValue = "0" // pflag prints no default for the value "0"
}

// options opens the input of the flags and returns pipeline options for it. Notices go to the
// command's standard error. If quiet, a progress bar goes there too, because the command writes
// nothing else to the terminal while it reads.
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
		// In a stream, do not wait for packets that may never arrive.
		opt.Ahead = opt.Source.Size() > 0 || in.demo != ""
	}
	if in.hide != nil {
		opt.Hide, opt.Ahead = in.hide, false // fragments are matched by the new addresses
	}
	opt.Metrics = in.live.listener
	opt.Filter, opt.Kernel = filter.Without(in.live.filter), in.live.filter
	return opt, err
}

// start calls options and returns a pipeline with them.
func (in *input) start(cmd *cobra.Command, quiet bool) (*pipeline.Pipeline, error) {
	opt, err := in.options(cmd, quiet)
	if err != nil {
		return nil, err
	}
	return pipeline.New(opt), nil
}

// tableMemory returns the part of --memory that is for tables, in bytes. The program itself needs
// the rest.
func (in *input) tableMemory() int { return int(in.memory - in.memory/8) }

// addProcess adds the flag of commands that look up the process of a packet.
func (f *liveFlags) addProcess(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.process, "process", true, "find the process of a flow")
}

// watchProcesses starts the lookup of this host's processes during a capture. It runs before the
// sandbox closes, because the helper cannot start after that. On failure the capture continues
// without processes.
func (in *input) watchProcesses(cmd *cobra.Command, p *pipeline.Pipeline) error {
	if p.Live() == nil || !in.live.process || cmd.Context().Value(processKey{}) == nil {
		return nil
	}
	mode := sandbox.Mode(in.sandbox.mode) // already checked
	watch, err := sockets.StartHelper(mode, in.sandbox.user)
	switch {
	case err == nil:
		p.SetWatch(watch)
	case p.NeedsWatch():
		return fmt.Errorf("--where needs processes: %w", err)
	case errors.Is(err, sockets.ErrNotSupported) && !cmd.Flags().Changed("process"):
	default:
		term.Notice(cmd.ErrOrStderr(), "no process names: %s", err.Error())
	}
	return nil
}

// noProcesses returns why --where cannot use processes, nil if it can.
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

// refresh returns a table that draw writes. During a capture it is drawn every --interval: on a
// terminal, or elsewhere if the flag was given.
func (in *input) refresh(cmd *cobra.Command, p *pipeline.Pipeline,
	draw func(io.Writer) error) *term.LiveTable {
	t := term.NewLiveTable(cmd.OutOrStdout(), draw)
	if p.Live() != nil && in.format == formatText &&
		(term.Is(cmd.OutOrStdout()) || cmd.Flags().Changed("interval")) {
		p.Every(in.live.interval, t.Draw)
	}
	return t
}
