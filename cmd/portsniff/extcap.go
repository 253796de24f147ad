package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/extcap"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/internal/textutil"
)

// extcapFlags holds the flags of Wireshark's extcap interface.
type extcapFlags struct {
	interfaces, dlts, config, capture bool

	version  string // Wireshark's version
	iface    string // name in the list of interfaces
	fifo     string
	comments string
}

func newExtcap() *cobra.Command {
	var f extcapFlags
	in := input{color: colorAuto, format: formatText, memory: flow.DefaultMemory}
	in.filter.added = true
	in.live.rings, in.live.buffer = 1, live.DefaultBuffer>>10
	cmd := &cobra.Command{
		Use:   "extcap --extcap-interfaces | --extcap-interface IF --capture ...",
		Short: "Capture for Wireshark",
		Long: `extcap lets Wireshark and tshark capture with portsniff: each packet gets a
comment that says what its ports mean and which process of this host has them.
Wireshark starts this command from its folder for extcap programs.`,
		Example: `  portsniff extcap --extcap-interfaces
  portsniff extcap --extcap-dlts --extcap-interface portsniff-eth0
  tshark -i portsniff-eth0 -f "tcp port 443"`,
		Args: cli.NoWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd, &in) },
	}
	fs := cmd.Flags()
	fs.BoolVar(&f.interfaces, "extcap-interfaces", false, "list the interfaces")
	fs.StringVar(&f.version, "extcap-version", "", "`VERSION` of Wireshark; all are served alike")
	fs.BoolVar(&f.dlts, "extcap-dlts", false, "list the link types of an interface")
	fs.BoolVar(&f.config, "extcap-config", false, "list the options of an interface")
	fs.BoolVar(&f.capture, "capture", false, "capture until the fifo closes, or SIGTERM")
	fs.StringVar(&f.iface, "extcap-interface", "", "use `IF` of the list")
	fs.StringVar(&in.filter.text, "extcap-capture-filter", "",
		"capture `FILTER`; alone with IF: check it")
	fs.StringVar(&f.fifo, "fifo", "", "write packets to `FILE` as pcapng")
	fs.StringVar(&f.comments, "comments", extcap.CommentProcess,
		"add `WHAT`: process, ports, none")
	fs.IntVarP(&in.live.snapLen, "snapshot-length", "s", 0, "capture at most `N` bytes a frame")
	fs.BoolVarP(&in.live.noPromisc, "no-promiscuous-mode", "p", false, "no promiscuous mode")
	complete(cmd, "comments", extcap.Comments()...)
	in.addSandbox(cmd)
	return cmd
}

// run does what one of the flags requests. Wireshark shows standard error to the user.
func (f *extcapFlags) run(cmd *cobra.Command, in *input) error {
	if f.interfaces {
		devices, err := live.Devices()
		if err != nil {
			return err
		}
		return writeLines(cmd, extcap.Interfaces(devices, cli.Version()))
	}
	device, err := f.device()
	if err == nil {
		err = f.check(cmd)
	}
	if err != nil {
		return cli.Wrong(err)
	}
	switch {
	case f.dlts:
		return writeLines(cmd, extcap.LinkTypes(device))
	case f.config:
		return writeLines(cmd, extcap.Options())
	case f.capture:
		in.live.iface, in.live.process = device.Name, f.comments == extcap.CommentProcess
		return f.copyPackets(cmd, in)
	}
	return writeLines(cmd, in.checkFilter(cmd, device))
}

// check returns an error for flags that are missing or not allowed.
func (f *extcapFlags) check(cmd *cobra.Command) error {
	given := cmd.Flags().Changed
	switch {
	case !slices.Contains(extcap.Comments(), f.comments):
		return cli.OneOf("--comments", f.comments, extcap.Comments())
	case f.capture && f.fifo == "":
		return errors.New("--capture needs --fifo FILE")
	case !f.capture && !f.dlts && !f.config && !given("extcap-capture-filter"):
		return errors.New("--extcap-interface needs one of --extcap-dlts, --extcap-config, " +
			"--capture, --extcap-capture-filter")
	}
	return nil
}

// device returns the interface that --extcap-interface names.
func (f *extcapFlags) device() (live.Device, error) {
	name, ours := strings.CutPrefix(f.iface, extcap.Prefix)
	switch {
	case f.iface == "":
		return live.Device{}, errors.New("--extcap-interfaces or --extcap-interface is missing; " +
			"Wireshark starts this command, see docs/wireshark.md")
	case !ours:
		return live.Device{}, fmt.Errorf("--extcap-interface %s: its name begins with %s",
			f.iface, extcap.Prefix)
	}
	return live.FindDevice(name)
}

// writeLines writes lines.
func writeLines(cmd *cobra.Command, lines []string) error {
	return cli.Finish(nil, func() error {
		for _, line := range lines {
			if _, err := io.WriteString(cmd.OutOrStdout(), line+"\n"); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkFilter compiles the capture filter and returns the error as output. Wireshark treats any
// output as an error, and expects exit status 0.
func (in *input) checkFilter(cmd *cobra.Command, d live.Device) []string {
	if in.filter.text == "" {
		return nil
	}
	filter, err := selection.ParseCaptureFilter(cmd.Context(), in.filter.text, nil)
	if err == nil {
		_, err = filter.Compile(d.Link, 0, selection.KernelFilters)
	}
	if err == nil {
		return nil
	}
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = textutil.Escape(line)
	}
	return lines
}
