package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
)

func newInterfaces() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "interfaces",
		Short: "List the interfaces and what capturing on them needs",
		Long: `interfaces lists the network interfaces with the name and number for -i, link
type, state and addresses. It says why an interface cannot be opened.`,
		Example: "  portsniff interfaces\n  portsniff -D\n  sudo portsniff -i 1",
		Args:    atMost(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return listInterfaces(cmd, &in) },
	}
	in.addLook(cmd)
	return cmd
}

// interfaceSchema names the form of an interface's JSON object.
const interfaceSchema = "portsniff.interface/1"

// interfaceJSON is the form of an interface's JSON object.
type interfaceJSON struct {
	Schema    string   `json:"schema"`
	Number    int      `json:"number"`
	Name      string   `json:"name"`
	Label     string   `json:"label"`
	Up        bool     `json:"up"`
	Running   bool     `json:"running"`
	Loopback  bool     `json:"loopback"`
	Link      string   `json:"link"`
	MTU       int      `json:"mtu"`
	Hardware  string   `json:"hardware"`
	Addresses []string `json:"addresses"`
	Problem   string   `json:"problem"`
}

func interfaceOf(d capture.Device) interfaceJSON {
	o := interfaceJSON{interfaceSchema, d.Number, d.Name, d.Label, d.Up, d.Running, d.Loopback,
		d.Link.String(), d.MTU,
		d.Hardware.String(), []string{}, ""}
	for _, a := range d.Addresses {
		o.Addresses = append(o.Addresses, a.String())
	}
	if d.Err != nil {
		o.Problem = d.Err.Error()
	}
	return o
}

// state is an interface's state in a word.
func (o interfaceJSON) state() string {
	switch {
	case !o.Up:
		return "down"
	case !o.Running:
		return "no carrier"
	}
	return "up"
}

func listInterfaces(cmd *cobra.Command, in *input) error {
	if err := in.check(cmd); err != nil {
		return err
	}
	devices, err := capture.Devices()
	if err != nil {
		return err
	}
	var objects []interfaceJSON
	for _, d := range devices {
		objects = append(objects, interfaceOf(d))
	}
	return finish(nil, func() error { return writeInterfaces(cmd, in, objects) })
}

func writeInterfaces(cmd *cobra.Command, in *input, objects []interfaceJSON) error {
	out := cmd.OutOrStdout()
	switch in.format {
	case formatJSON:
		return render.JSONLines(out, objects)
	case formatCSV:
		rows := [][]string{{"number", "name", "label", "up", "running", "loopback", "link", "mtu",
			"hardware", "addresses", "problem"}}
		for _, o := range objects {
			rows = append(rows, []string{strconv.Itoa(o.Number), o.Name, o.Label,
				strconv.FormatBool(o.Up), strconv.FormatBool(o.Running),
				strconv.FormatBool(o.Loopback), o.Link, strconv.Itoa(o.MTU), o.Hardware,
				strings.Join(o.Addresses, " "), o.Problem})
		}
		return render.CSV(out, rows)
	}
	var rows [][]string
	problems := map[string]bool{}
	for _, o := range objects {
		can := "yes"
		if o.Problem != "" {
			can, problems[o.Problem] = "no", true
		}
		name := o.Name
		if o.Label != "" {
			name += " (" + o.Label + ")"
		}
		rows = append(rows, []string{strconv.Itoa(o.Number), textutil.Escape(name), o.state(), can,
			o.Link, strings.Join(o.Addresses, " ")})
	}
	if err := render.Table(out, in.style(out),
		[]string{"no", "interface", "state", "capture", "link type", "addresses"},
		rows); err != nil {
		return err
	}
	for _, o := range objects { // each problem once, in the order of the interfaces
		if problems[o.Problem] {
			delete(problems, o.Problem)
			if _, err := cmd.OutOrStdout().Write([]byte(textutil.Escape(o.Problem) +
				"\n")); err != nil {
				return err
			}
		}
	}
	return nil
}
