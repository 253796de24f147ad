package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
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
		Args: cli.AtMost(1),
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
					return cli.Wrong(err)
				}
				samples = []pcaps.Sample{s}
			}
			return cli.Finish(nil, func() error {
				return listSamples(cmd, &in, samples,
					len(args) == 1)
			})
		},
	}
	in.addLook(cmd)
	return cmd
}

// sampleSchema is the schema name of a sample's JSON object.
const sampleSchema = "portsniff.sample/1"

func listSamples(cmd *cobra.Command, in *input, samples []pcaps.Sample, whole bool) error {
	out := cmd.OutOrStdout()
	if whole && in.format == formatText {
		s := samples[0]
		for _, line := range []string{s.Name + ": " + s.Title, s.Learn, "made by: " + s.How,
			"to see it: portsniff --demo " + s.Name} {
			line = textutil.Wrap(line, in.style(out).Width, "  ")
			if _, err := fmt.Fprintln(out, line); err != nil {
				return err
			}
		}
		return nil
	}
	if in.format == formatText {
		return gallery(out, samples, in.style(out))
	}
	return sampleTable(samples, "").Write(out, render.Format(in.format), in.style(out))
}

// gallery writes samples, grouped by lesson.
func gallery(out io.Writer, samples []pcaps.Sample, style render.Style) error {
	for _, lesson := range pcaps.Lessons() {
		var some []pcaps.Sample
		for _, s := range samples {
			if s.Lesson == lesson {
				some = append(some, s)
			}
		}
		err := sampleTable(some, string(lesson)).Write(out, render.FormatText, style)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(out, "read one:         portsniff --demo NAME\n"+
		"what it teaches:  portsniff demo NAME\n")
	return err
}

func sampleTable(samples []pcaps.Sample, title string) *render.Table[pcaps.Sample] {
	return &render.Table[pcaps.Sample]{Schema: sampleSchema, Columns: sampleColumns(title),
		Rows: render.Rows(samples), Fold: true}
}

// sampleColumns returns the columns of a sample in all formats. title is the heading of the column
// that describes the content.
func sampleColumns(title string) []render.Column[pcaps.Sample] {
	data := func(key string, get func(s *pcaps.Sample) string) render.Column[pcaps.Sample] {
		return render.Column[pcaps.Sample]{Key: key, In: render.InData,
			Value: func(c *render.Cell, s *pcaps.Sample) { c.Words(get(s)) }}
	}
	return []render.Column[pcaps.Sample]{
		{Key: "name", Head: "sample", Value: func(c *render.Cell, s *pcaps.Sample) {
			name := s.Name
			if title != "" {
				name = fmt.Sprintf("%-14s", name) // the same width in every lesson
			}
			c.Words(name)
		}},
		data("file", func(s *pcaps.Sample) string { return s.File }),
		{Key: "title", Head: title, Wrap: true,
			Value: func(c *render.Cell, s *pcaps.Sample) { c.Words(s.Title) }},
		data("learn", func(s *pcaps.Sample) string { return s.Learn }),
		data("how", func(s *pcaps.Sample) string { return s.How }),
		{Key: "built", In: render.InData, Value: func(c *render.Cell, s *pcaps.Sample) {
			c.Bool(s.Built)
		}},
	}
}

func sampleNames() (names []string) {
	for _, s := range pcaps.List() {
		names = append(names, s.Name)
	}
	return names
}
