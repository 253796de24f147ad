package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/pcaps"
)

func newDemo() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "demo [NAME]",
		Short: "List the built-in sample captures",
		Long: `demo lists the sample captures that are part of the program, or describes one.
Any command reads a sample with --demo NAME instead of -r FILE.`,
		Example: "  portsniff demo\n  portsniff demo http\n  portsniff --demo http\n  portsniff " +
			"flows --demo ftp",
		Args: atMost(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string,
			cobra.ShellCompDirective) {
			return sampleNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := in.check(cmd); err != nil {
				return err
			}
			samples := pcaps.List()
			if len(args) == 1 {
				s, err := pcaps.Find(args[0])
				if err != nil {
					return &usageError{err, cmd.CommandPath()}
				}
				samples = []pcaps.Sample{s}
			}
			return finish(nil, func() error {
				return listSamples(cmd, &in, samples,
					len(args) == 1)
			})
		},
	}
	in.addLook(cmd)
	return cmd
}

// sampleJSON is the form of a sample's JSON object.
type sampleJSON struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	File   string `json:"file"`
	Title  string `json:"title"`
	Learn  string `json:"learn"`
	How    string `json:"how"`
	Built  bool   `json:"built"`
}

const sampleSchema = "portsniff.sample/1"

func listSamples(cmd *cobra.Command, in *input, samples []pcaps.Sample, whole bool) error {
	out := cmd.OutOrStdout()
	var rows [][]string
	switch in.format {
	case formatJSON:
		var objects []sampleJSON
		for _, s := range samples {
			objects = append(objects, sampleJSON{sampleSchema, s.Name, s.File, s.Title, s.Learn,
				s.How, s.Built})
		}
		return render.JSONLines(out, objects)
	case formatCSV:
		rows = append(rows, []string{"name", "file", "title", "learn", "how", "built"})
		for _, s := range samples {
			rows = append(rows, []string{s.Name, s.File, s.Title, s.Learn, s.How,
				strconv.FormatBool(s.Built)})
		}
		return render.CSV(out, rows)
	}
	if whole {
		s := samples[0]
		_, err := fmt.Fprintf(out, "%s: %s\n%s\nmade by: %s\nto see it: portsniff --demo %s\n",
			s.Name, s.Title, s.Learn, s.How, s.Name)
		return err
	}
	for _, s := range samples {
		rows = append(rows, []string{s.Name, s.Title})
	}
	return render.Table(out, in.style(out), []string{"sample", "what is in it"}, rows)
}

func sampleNames() (names []string) {
	for _, s := range pcaps.List() {
		names = append(names, s.Name)
	}
	return names
}
