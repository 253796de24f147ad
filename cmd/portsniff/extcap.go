package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/internal/textutil"
)

// The values of --comments: what the comment of a packet contains.
const (
	commentProcess = "process"
	commentPorts   = "ports"
	commentNone    = "none"
)

// extcapPrefix separates portsniff's interfaces from those that Wireshark captures on itself.
const extcapPrefix = "portsniff-"

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
		"capture filter; alone with IF: check it")
	fs.StringVar(&f.fifo, "fifo", "", "write packets to `FILE` as pcapng")
	fs.StringVar(&f.comments, "comments", commentProcess,
		"add `WHAT`: process, ports, none")
	fs.IntVarP(&in.live.snapLen, "snapshot-length", "s", 0, "capture at most `N` bytes a frame")
	fs.BoolVarP(&in.live.noPromisc, "no-promiscuous-mode", "p", false, "no promiscuous mode")
	complete(cmd, "comments", commentProcess, commentPorts, commentNone)
	in.addSandbox(cmd)
	return cmd
}

// run does what one of the flags requests. Wireshark shows standard error to the user.
func (f *extcapFlags) run(cmd *cobra.Command, in *input) error {
	if f.interfaces {
		return writeLines(cmd, f.listInterfaces)
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
		return writeLines(cmd, func() ([]string, error) { return dltSentences(device), nil })
	case f.config:
		return writeLines(cmd, func() ([]string, error) { return configSentences(), nil })
	case f.capture:
		in.live.iface, in.live.process = device.Name, f.comments == commentProcess
		return f.copyPackets(cmd, in)
	}
	return writeLines(cmd, func() ([]string, error) { return in.checkFilter(cmd, device) })
}

// check returns an error for flags that are missing or not allowed.
func (f *extcapFlags) check(cmd *cobra.Command) error {
	words := []string{commentProcess, commentPorts, commentNone}
	given := cmd.Flags().Changed
	switch {
	case f.comments != commentProcess && f.comments != commentPorts && f.comments != commentNone:
		return cli.OneOf("--comments", f.comments, words)
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
	name, ours := strings.CutPrefix(f.iface, extcapPrefix)
	switch {
	case f.iface == "":
		return live.Device{}, errors.New("--extcap-interfaces or --extcap-interface is missing; " +
			"Wireshark starts this command, see docs/wireshark.md")
	case !ours:
		return live.Device{}, fmt.Errorf("--extcap-interface %s: its name begins with %s",
			f.iface, extcapPrefix)
	}
	return live.FindDevice(name)
}

// writeLines writes each string that lines returns as one line.
func writeLines(cmd *cobra.Command, lines func() ([]string, error)) error {
	list, err := lines()
	if err != nil {
		return err
	}
	return cli.Finish(nil, func() error {
		for _, line := range list {
			if _, err := io.WriteString(cmd.OutOrStdout(), line+"\n"); err != nil {
				return err
			}
		}
		return nil
	})
}

// listInterfaces returns the sentences that describe this program and its interfaces. The list
// includes interfaces that this user may not capture on: the error of the capture says what to do.
func (f *extcapFlags) listInterfaces() ([]string, error) {
	devices, err := live.Devices()
	if err != nil {
		return nil, err
	}
	lines := []string{sentence("extcap", "version", cli.Version(), "help",
		"https://github.com/portsniff/portsniff/blob/main/docs/wireshark.md")}
	for i := range devices {
		d := &devices[i]
		shown := d.Name
		if d.Label != "" {
			shown = d.Label
		}
		lines = append(lines, sentence("interface", "value", extcapName(d), "display",
			shown+" with ports and processes"))
	}
	return lines, nil
}

// extcapName returns the name of an interface in Wireshark's list. If the name cannot be a file
// name or a value in a sentence, it uses the interface's number. -i accepts that number too.
func extcapName(d *live.Device) string {
	for _, c := range []byte(d.Name) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`{}\/:"'*?<>|`, c) >= 0 {
			return extcapPrefix + strconv.Itoa(d.Number)
		}
	}
	return extcapPrefix + d.Name
}

func dltSentences(d live.Device) []string {
	return []string{sentence("dlt", "number", strconv.Itoa(int(d.Link)), "name", d.Link.String(),
		"display", d.Link.String())}
}

// configSentences returns the sentences for the flags that a user of Wireshark can set.
func configSentences() []string {
	return []string{
		sentence("arg", "number", "0", "call", "--comments", "display", "Packet comments",
			"tooltip", "What portsniff adds to each packet", "type", "selector"),
		sentence("arg", "number", "1", "call", "--snapshot-length", "display", "Snapshot length",
			"tooltip", "Bytes that are captured of a frame; 0 for all", "type", "integer",
			"range", "0,"+strconv.Itoa(live.DefaultSnapLen), "default", "0"),
		sentence("arg", "number", "2", "call", "--no-promiscuous-mode", "display",
			"No promiscuous mode", "tooltip", "Capture only what the interface takes anyway",
			"type", "boolflag", "default", "false"),
		sentence("value", "arg", "0", "value", commentProcess, "display", "ports and processes",
			"default", "true"),
		sentence("value", "arg", "0", "value", commentPorts, "display", "ports",
			"default", "false"),
		sentence("value", "arg", "0", "value", commentNone, "display", "none", "default", "false"),
	}
}

// sentence returns one line of the extcap interface: a word, then pairs of a key and a value.
func sentence(word string, pairs ...string) string {
	var b strings.Builder
	b.WriteString(word + " ")
	brackets := strings.NewReplacer("{", "(", "}", ")")
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString("{" + pairs[i] + "=" + brackets.Replace(textutil.Escape(pairs[i+1])) + "}")
	}
	return b.String()
}

// checkFilter compiles the capture filter and returns the error as output. Wireshark treats any
// output as an error, and expects exit status 0.
func (in *input) checkFilter(cmd *cobra.Command, d live.Device) ([]string, error) {
	if in.filter.text == "" {
		return nil, nil
	}
	filter, err := selection.ParseCaptureFilter(cmd.Context(), in.filter.text, nil)
	if err == nil {
		_, err = filter.Compile(d.Link, 0, selection.KernelFilters)
	}
	if err == nil {
		return nil, nil
	}
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = textutil.Escape(line)
	}
	return lines, nil
}
