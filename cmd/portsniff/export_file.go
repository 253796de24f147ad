package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/store"
)

// summaryOf returns the values of the table inputs that all inputs of this run share.
func summaryOf(cmd *cobra.Command, source string) store.Summary {
	sum := store.Summary{Source: sourceName(source), Filter: filterText(cmd),
		Registry: annotate.RegistryDate()}
	if info, ok := debug.ReadBuildInfo(); ok {
		sum.Version = info.Main.Version
	}
	return sum
}

// filterText returns the filter and the flags that select what counts, for the table inputs.
func filterText(cmd *cobra.Command) string {
	words := append([]string{}, cmd.Flags().Args()...)
	for _, name := range []string{"filter-file", "where", "proto", "host", "between", "flow",
		"count", "direction"} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			words = append(words, fmt.Sprintf("--%s %s", name, f.Value))
		}
	}
	return strings.ToValidUTF8(strings.Join(words, " "), "\uFFFD")
}

// store stores a capture. If reading fails early, it stores what was read and marks it incomplete.
func (e *exporter) store(j job) (err error) {
	one := *e.in
	if one.demo == "" {
		one.files = []string{j.name}
	}
	opt, err := one.options(e.cmd, true)
	if err != nil {
		return err
	}
	input := e.folder.NewInput(j.id)
	p := pipeline.New(opt)
	defer cli.Close(p, &err)
	c := pipeline.NewStored(input, e.flags.options(e.in.tableMemory(), e.only))
	readErr := p.Count(c)
	if errors.Is(readErr, pipeline.ErrInterrupted) || p.Packets() == 0 && readErr != nil {
		return errors.Join(readErr, input.Discard())
	}
	sum := summaryOf(e.cmd, j.name)
	sum.Complete = readErr == nil
	if err := c.Close(sum); err != nil {
		return errors.Join(readErr, &outputError{Err: err})
	}
	e.inputs++
	e.packets += c.Ports.Total.Packets
	e.flows += uint64(input.Flows())
	return readErr
}
