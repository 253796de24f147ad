package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/flow"
	"github.com/portsniff/portsniff/pcaps"
	"github.com/portsniff/portsniff/render"
)

// Formats of the output.
const (
	formatText = "text"
	formatJSON = "json"
	formatCSV  = "csv"
)

// input holds the flags that every command shares: where packets come from, and how output looks.
type input struct {
	files    []string
	demo     string
	count    int64
	maxFlows int
	format   string
	color    string
	unicode  bool
	width    int
}

func (in *input) add(fs *pflag.FlagSet) {
	fs.StringArrayVarP(&in.files, "read", "r", nil, "read packets from `FILE`, - for standard input; may be repeated")
	fs.StringVar(&in.demo, "demo", "", "read the embedded sample `NAME` instead; \"portsniff demo\" lists them")
	fs.Int64VarP(&in.count, "count", "c", 0, "stop after `N` packets")
	fs.IntVar(&in.maxFlows, "max-flows", flow.DefaultMax, "follow at most `N` flows; the packets of more count by port alone")
	fs.StringVar(&in.format, "format", formatText, "`text`, json (an object a line) or csv")
	fs.StringVar(&in.color, "color", "auto", "`auto`, always or never")
	fs.BoolVar(&in.unicode, "unicode", false, "draw with Unicode characters")
	fs.IntVar(&in.width, "width", -1, "fit lines into `N` columns, 0 for no limit (default: the terminal's, else 80)")
}

// check finds mistakes in the flags.
func (in *input) check(cmd *cobra.Command) error {
	wrong := func(format string, args ...any) error {
		return &usageError{fmt.Errorf(format, args...), cmd.CommandPath()}
	}
	switch {
	case in.format != formatText && in.format != formatJSON && in.format != formatCSV:
		return wrong("--format %q is none of text, json, csv", in.format)
	case in.color != "auto" && in.color != "always" && in.color != "never":
		return wrong("--color %q is none of auto, always, never", in.color)
	case in.count < 0 || in.count == 0 && cmd.Flags().Changed("count"):
		return wrong("-c %d: the number of packets must be 1 or more", in.count)
	case in.maxFlows < 1:
		return wrong("--max-flows %d: it must be 1 or more", in.maxFlows)
	case in.width < 0 && cmd.Flags().Changed("width"):
		return wrong("--width %d: it must be 0 or more", in.width)
	}
	return nil
}

// A source is where packets come from. It tells how far it is.
type source interface {
	capture.Source
	RawOffset() int64
	Size() int64
}

// open opens what the flags name.
func (in *input) open(cmd *cobra.Command) (source, error) {
	switch {
	case in.demo != "" && len(in.files) > 0:
		return nil, &usageError{fmt.Errorf("--demo and -r exclude each other"), cmd.CommandPath()}
	case in.demo != "":
		f, err := pcaps.Open(in.demo)
		if err != nil {
			return nil, &usageError{err, cmd.CommandPath()}
		}
		return capture.NewReader(f, in.demo, capture.Options{})
	case len(in.files) == 0:
		return nil, &usageError{errNoInput, cmd.CommandPath()}
	}
	return capture.OpenAll(in.files, capture.Options{Stdin: cmd.InOrStdin()}), nil
}

// defaultWidth is how wide lines may be where no terminal says.
const defaultWidth = 80

// style decides how text looks on out: colour and the terminal's width only where out is a terminal or the flags ask for it.
func (in *input) style(out io.Writer) render.Style {
	s := render.Style{Unicode: in.unicode, Width: in.width}
	fd, tty := terminal(out)
	if in.width < 0 {
		s.Width = defaultWidth
		if tty {
			if w, _, err := term.GetSize(fd); err == nil && w > 0 {
				s.Width = w
			}
		}
	}
	switch in.color {
	case "always":
		s.Color = true
	case "auto":
		s.Color = tty && os.Getenv("NO_COLOR") == "" && colorprofile.Env(os.Environ()) >= colorprofile.ANSI
	}
	return s
}

// terminal tells whether w is a terminal.
func terminal(w io.Writer) (fd int, ok bool) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	fd = int(f.Fd())
	return fd, term.IsTerminal(fd)
}

// oneOf completes a flag's value.
func oneOf(words ...string) func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return func(_ *cobra.Command, _ []string, prefix string) (out []string, _ cobra.ShellCompDirective) {
		for _, w := range words {
			if strings.HasPrefix(w, prefix) {
				out = append(out, w)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}
