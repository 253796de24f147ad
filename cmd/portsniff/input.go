package main

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/pcaps"
)

// Formats of the output.
const (
	formatText = "text"
	formatJSON = "json"
	formatCSV  = "csv"
)

// tableFormats returns the formats of every table.
func tableFormats() []string { return []string{formatText, formatJSON, formatCSV} }

// Values of --color.
const (
	colorAuto   = "auto"
	colorAlways = "always"
	colorNever  = "never"
)

// widthUnset is the value of --width if the flag was not given.
const widthUnset = -1

// input holds the flags that commands share: the source of the packets, and the look of the output.
type input struct {
	files   []string
	demo    string
	count   int64
	jobs    int // 0 for commands without this flag
	memory  cli.Size
	keeps   int64 // bytes that the command may use in addition to its flows
	proofs  bool  // flows record what packets show about ports and connections
	unpack  cli.SizeLimit
	format  string
	formats []string // values of --format; addLook replaces nil by tableFormats()
	color   string
	unicode bool
	width   int
	filter  filterFlags
	live    liveFlags
	keep    liveStore
	sandbox sandboxFlags
	hide    func(*capture.Packet) // replaces addresses and payload, nil if they are shown
}

// addReading adds the flags of commands that read packets.
func (in *input) addReading(cmd *cobra.Command) {
	in.addFiles(cmd)
	in.live.add(cmd)
	in.addLook(cmd)
}

// addFiles adds the flags of commands that read captures. Unlike addReading, it adds no flags for
// interfaces and for the look of the output.
func (in *input) addFiles(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringArrayVarP(&in.files, "read", "r", nil,
		"read packets from `FILE`, - for stdin; repeatable")
	fs.StringVar(&in.demo, "demo", "", "read sample `NAME`, see \"portsniff demo\"")
	fs.Int64VarP(&in.count, "count", "c", 0, "stop after `N` packets")
	in.memory = flow.DefaultMemory
	fs.Var(&in.memory, "memory", "evict idle flows beyond this `SIZE`")
	in.addUnpack(fs)
	complete(cmd, "demo", sampleNames()...)
}

// defaultUnpack is the default of --max-decompressed, in bytes. It is more than most compressed
// captures hold, and takes minutes to read. Without a limit, a file of one gigabyte could keep the
// program busy for a day.
const defaultUnpack = 64 << 30

// addUnpack adds the flag that limits the decompressed size of a file.
func (in *input) addUnpack(fs *pflag.FlagSet) {
	in.unpack = defaultUnpack
	fs.Var(&in.unpack, "max-decompressed", "unpack at most `SIZE` of a file")
}

// addLook adds the flags of commands that write tables.
func (in *input) addLook(cmd *cobra.Command) {
	fs := cmd.Flags()
	what := "output `FORMAT`: text, json, csv"
	if in.formats == nil {
		in.formats = tableFormats()
	} else {
		what = "`FORMAT` " + strings.Join(in.formats, ", ")
	}
	fs.StringVar(&in.format, "format", formatText, what)
	fs.StringVar(&in.color, "color", colorAuto, "colors: `WHEN` auto, always, never")
	fs.BoolVar(&in.unicode, "unicode", false, "draw with Unicode characters")
	fs.IntVar(&in.width, "width", widthUnset, "fit lines into `N` columns; 0: no limit")
	fs.Lookup("width").DefValue = "0" // pflag prints no default for the value "0"
	complete(cmd, "format", in.formats...)
	complete(cmd, "color", colorAuto, colorAlways, colorNever)
}

// complete lets the shell complete the value of a flag from a list. The flag must exist: an error
// is a bug, so complete panics.
func complete(cmd *cobra.Command, flag string, words ...string) {
	if err := cmd.RegisterFlagCompletionFunc(flag,
		cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic("portsniff: " + err.Error())
	}
}

// check returns an error for values that are not allowed.
func (in *input) check(cmd *cobra.Command) error {
	switch {
	case in.formats != nil && !slices.Contains(in.formats, in.format):
		// nil: the command has no --format
		return cli.OneOf("--format", in.format, in.formats)
	case in.color != colorAuto && in.color != colorAlways && in.color != colorNever:
		return cli.OneOf("--color", in.color,
			[]string{colorAuto, colorAlways, colorNever})
	case cmd.Flags().Changed("count") && in.count < 1:
		return cli.Wrongf("-c %d: the number of packets must be 1 or more", in.count)
	case in.jobs < 0 || in.jobs > pipeline.MaxJobs || in.jobs == 0 && cmd.Flags().Changed("jobs"):
		return cli.Wrongf("--jobs %d: use 1 to %d", in.jobs, pipeline.MaxJobs)
	case cmd.Flags().Changed("width") && in.width != 0 && in.width < minWidth:
		return cli.Wrongf("--width %d: use %d or more columns, or 0 for no limit", in.width,
			minWidth)
	}
	if err := in.sandbox.check(); err != nil {
		return cli.Wrong(err)
	}
	return nil
}

// open opens the input that the flags name.
func (in *input) open(cmd *cobra.Command) (pipeline.Source, error) {
	switch {
	case in.live.iface != "" && (in.demo != "" || len(in.files) > 0):
		return nil, cli.Wrong(errTwoInputs)
	case in.live.iface != "":
		return in.openLive(cmd)
	case in.live.given(cmd) != "":
		return nil, cli.Wrongf("--%s works only with -i", in.live.given(cmd))
	case in.demo != "" && len(in.files) > 0:
		return nil, cli.Wrong(errTwoInputs)
	case in.demo != "":
		f, err := pcaps.Open(in.demo)
		if err != nil {
			return nil, cli.Wrong(err)
		}
		return pcapfile.NewReader(f, in.demo, pcapfile.Options{})
	case len(in.files) == 0:
		return nil, cli.Wrong(errNoInput)
	}
	if first := slices.Index(in.files, "-"); first >= 0 &&
		slices.Contains(in.files[first+1:], "-") {
		return nil, cli.Wrongf("-r - is given twice: standard input can be read once")
	}
	return pcapfile.OpenAll(in.files, pcapfile.Options{Stdin: cmd.InOrStdin(),
		MaxDecompressed: int64(in.unpack)}), nil
}

var errTwoInputs = errors.New("-i, -r and --demo: use only one of them")

// infos returns the FileInfo of each file that the flags name and that exists.
func (in *input) infos(cmd *cobra.Command) (list []os.FileInfo) {
	for _, name := range in.files {
		info, err := os.Stat(name)
		if stdin, ok := cmd.InOrStdin().(*os.File); ok && name == "-" {
			info, err = stdin.Stat()
		}
		if err == nil {
			list = append(list, info)
		}
	}
	return list
}

// minWidth is the smallest value of --width, in columns.
const minWidth = 20

// defaultWidth is the width of lines without a terminal, in columns.
const defaultWidth = 80

// style returns how text looks on out. Without flags, color and width are those of the terminal.
func (in *input) style(out io.Writer) render.Style {
	s := render.Style{Unicode: in.unicode, Width: in.width, Color: in.color == colorAlways,
		Blocks: in.unicode || term.HasBlocks(out), Group: term.Is(out)}
	if in.color == colorAuto {
		s.Color = term.HasColor(out)
	}
	if in.width == widthUnset {
		columns, _ := term.Size(out)
		s.Width = cmp.Or(columns, defaultWidth)
	}
	return s
}

// A table is output in one of several formats.
type table interface {
	Write(w io.Writer, f render.Format, style render.Style) error
}

// print writes a table in the format and style of the flags.
func (in *input) print(cmd *cobra.Command, t table) error {
	out := bufio.NewWriterSize(cmd.OutOrStdout(), outputSize)
	return cli.Finish(nil, func() error {
		return t.Write(out, render.Format(in.format), in.style(cmd.OutOrStdout()))
	}, out.Flush)
}
