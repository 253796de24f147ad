package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/internal/top"
	"github.com/portsniff/portsniff/internal/watch"
)

// topFlags holds the flags for what top shows first, and how.
type topFlags struct {
	view     string
	once     bool
	plain    bool
	private  bool          // addresses and payload are replaced
	interval time.Duration // between the updates of --plain
	alerts   alertFlags
	config   string // name of a configuration file
	prefers  top.Config
	from     storeFlag
	of       counting // what counts with --from
}

func newTop() *cobra.Command {
	var in input
	var f topFlags
	cmd := &cobra.Command{
		Use:   "top -r FILE | -i INTERFACE | --from STORE [FILTER]",
		Short: "Watch ports, flows, hosts and packets in the terminal",
		Long: `top shows a capture while it grows: ports, flows, hosts, processes and packets,
with their rates. Enter opens a row, down to the drawing of one packet. A file
or a store has a time line. The key ? lists all keys.`,
		Example: `  sudo portsniff top -i eth0
  portsniff top -r capture.pcap
  tcpdump -w - | portsniff top -r -
  portsniff top --from captures
  portsniff top --demo services --once`,
		Args: filterWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if in.filter.dump > 0 {
				return dumpFilter(cmd, &in)
			}
			if err := f.from.refuse(cmd); err != nil {
				return err
			}
			if err := f.prefer(cmd, &in); err != nil {
				return err
			}
			view, err := f.check(&in)
			if err != nil {
				return cli.Wrong(err)
			}
			if err := f.hide(cmd, &in); err != nil {
				return err
			}
			if f.from.from != "" {
				return f.runStored(cmd, &in, view)
			}
			if f.plain {
				return f.printPlain(cmd, &in)
			}
			if f.once {
				return f.printOnce(cmd, &in, view)
			}
			return f.run(cmd, &in, view)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	in.addFiles(cmd)
	in.live.add(cmd)
	in.live.addProcess(cmd)
	fs.StringVar(&in.color, "color", colorAuto, "colors: `WHEN` auto, always, never")
	fs.BoolVar(&in.unicode, "unicode", localeIsUTF8(os.Getenv),
		"draw with Unicode characters; default: as the locale")
	fs.Lookup("unicode").DefValue = "" // the default depends on the locale
	fs.IntVar(&in.width, "width", widthUnset, "with --once: fit lines into `N` columns")
	fs.Lookup("width").DefValue = "0"
	complete(cmd, "color", colorAuto, colorAlways, colorNever)
	fs.StringVar(&f.view, "view", "ports", "show `VIEW` first: flows, hosts, processes, ...")
	complete(cmd, "view", strings.Split(viewNames(), ", ")...)
	fs.BoolVar(&f.once, "once", false, "print one screen at the end of the input")
	fs.BoolVar(&f.plain, "plain", false, "print what changes as sentences, for screen readers")
	fs.BoolVar(&f.private, "private", false, "replace addresses, hide payload and processes")
	fs.DurationVar(&f.interval, "interval", plainInterval, "with --plain: print every `TIME`")
	f.alerts.add(cmd)
	f.from.add(cmd)
	fs.StringVar(&f.of.only.Between, "between", "", "with --from: read between two times, `T1,T2`")
	addConfig(cmd, &f.config)
	in.addSandbox(cmd)
	in.filter.add(cmd)
	return cmd
}

// viewNames returns the names of the views, separated by commas.
func viewNames() string {
	var names []string
	for _, v := range top.Views() {
		names = append(names, strings.ToLower(v.String()))
	}
	return strings.Join(names, ", ")
}

// check returns an error for flags that do not go together.
func (f *topFlags) check(in *input) (top.View, error) {
	if in.live.iface == "" && in.demo == "" && len(in.files) == 0 && f.from.from == "" {
		return 0, errNoInput // report this before the terminal changes
	}
	switch {
	case f.of.only.Between != "" && f.from.from == "":
		return 0, errors.New("--between needs --from: a file has a time line")
	case f.once && f.plain:
		return 0, errors.New("--once and --plain exclude each other")
	case f.interval <= 0:
		return 0, fmt.Errorf("--interval %v: use more than 0", f.interval)
	}
	if !f.once && in.width != widthUnset {
		return 0, errors.New("--width is for --once: the screen is as wide as the terminal")
	}
	if err := f.alerts.check(); err != nil {
		return 0, err
	}
	for _, v := range top.Views() {
		if strings.EqualFold(v.String(), f.view) {
			return v, nil
		}
	}
	return 0, fmt.Errorf("--view %q is not one of %s", f.view, viewNames())
}

// localeIsUTF8 reports whether the locale uses UTF-8. LC_ALL takes precedence over LC_CTYPE, which
// takes precedence over LANG (POSIX.1-2024, section 8.2). Windows has no such variables.
func localeIsUTF8(getenv func(string) string) bool {
	locale := cmp.Or(getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG"))
	locale = strings.ToLower(strings.ReplaceAll(locale, "-", ""))
	return strings.Contains(locale, "utf8") || locale == "" && os.PathSeparator == '\\'
}

// plainInterval is the default interval of --plain.
const plainInterval = 5 * time.Second

// onceWidth is the width of --once without a terminal, in columns. onceHeight is enough lines for
// all rows.
const (
	onceWidth  = 100
	onceHeight = 2000
)

// printOnce prints what the screen shows at the end of the input.
func (f *topFlags) printOnce(cmd *cobra.Command, in *input, view top.View) error {
	return f.printStream(cmd, in, func(s *watch.Stream) func() error {
		return func() error {
			o := in.topOptions(cmd, s, s.Live())
			o.Config, o.Piped = f.prefers, false // no packet can follow
			return in.writeOnce(cmd, o, view)
		}
	})
}

// writeOnce writes one screen.
func (in *input) writeOnce(cmd *cobra.Command, o top.Options, view top.View) error {
	m := top.New(o)
	m.Show(view)
	width := in.width
	if width == widthUnset {
		columns, _ := term.Size(cmd.OutOrStdout())
		width = cmp.Or(columns, onceWidth)
	}
	m.Update(tea.WindowSizeMsg{Width: cmp.Or(width, onceHeight), Height: onceHeight})
	_, err := io.WriteString(cmd.OutOrStdout(), m.Once())
	return err
}

// topOptions returns what the screen shows, without the time line of a file.
func (in *input) topOptions(cmd *cobra.Command, f watch.Feed, live *pipeline.Live) top.Options {
	o := top.Options{Engine: f.Counts(), Locked: f.Between, Live: live != nil, Piped: in.piped(),
		Private: in.hide != nil,
		Name:    textutil.Escape(in.sourceName()), Now: time.Now,
		Style: render.Style{Unicode: in.unicode}}
	o.Style.Color = in.color == colorAlways || in.color == colorAuto &&
		term.HasColor(cmd.OutOrStdout())
	switch {
	case live != nil:
		o.Source = []string{"-i", in.live.iface}
		o.Lost = func() (uint64, bool) {
			st, err := live.Stats()
			return st.Dropped + st.InterfaceDropped, err == nil
		}
	case in.demo != "":
		o.Source = []string{"--demo", in.demo}
	}
	for _, name := range in.files {
		o.Source = append(o.Source, "-r", name)
	}
	return o
}

// piped reports whether packets come from standard input, which cannot be read again.
func (in *input) piped() bool {
	for _, name := range in.files {
		if info, err := os.Stat(name); name == "-" || err == nil && !info.Mode().IsRegular() {
			return true
		}
	}
	return false
}
