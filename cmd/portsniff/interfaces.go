package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/internal/cli"
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
		Args:    cli.AtMost(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return listInterfaces(cmd, &in) },
	}
	in.addLook(cmd)
	return cmd
}

// interfaceSchema names the form of an interface's JSON object.
const interfaceSchema = "portsniff.interface/1"

func listInterfaces(cmd *cobra.Command, in *input) error {
	if err := in.check(cmd); err != nil {
		return err
	}
	devices, err := live.Devices()
	if err != nil {
		return err
	}
	return cli.Finish(nil, func() error { return writeInterfaces(cmd, in, devices) })
}

func writeInterfaces(cmd *cobra.Command, in *input, devices []live.Device) error {
	out := cmd.OutOrStdout()
	t := &render.Table[live.Device]{Schema: interfaceSchema, Columns: interfaceColumns(),
		Rows: render.Rows(devices)}
	if err := t.Write(out, render.Format(in.format), in.style(out)); err != nil ||
		in.format != formatText {
		return err
	}
	told := map[string]bool{} // each problem once
	for _, d := range devices {
		problem := interfaceProblem(&d)
		if problem == "" || told[problem] {
			continue
		}
		told[problem] = true
		if _, err := io.WriteString(out, textutil.Escape(problem)+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// interfaceColumns describe an interface in all formats.
func interfaceColumns() []render.Column[live.Device] {
	type row = live.Device
	text := func(head string, value func(c *render.Cell, d *row)) render.Column[row] {
		return render.Column[row]{Head: head, In: render.InText, Value: value}
	}
	data := func(key string, value func(c *render.Cell, d *row)) render.Column[row] {
		return render.Column[row]{Key: key, In: render.InData, Value: value}
	}
	return []render.Column[row]{
		text("no", func(c *render.Cell, d *row) { c.ID(int64(d.Number)) }),
		text("interface", func(c *render.Cell, d *row) {
			c.Words(d.Name)
			if d.Label != "" {
				c.Words(" (" + d.Label + ")")
			}
		}),
		text("state", func(c *render.Cell, d *row) { c.Words(interfaceState(d)) }),
		text("capture", func(c *render.Cell, d *row) {
			c.Words(map[bool]string{true: "yes", false: "no"}[d.Err == nil])
		}),
		data("number", func(c *render.Cell, d *row) { c.ID(int64(d.Number)) }),
		data("name", func(c *render.Cell, d *row) { c.Words(d.Name) }),
		data("label", func(c *render.Cell, d *row) { c.Words(d.Label) }),
		data("up", func(c *render.Cell, d *row) { c.Bool(d.Up) }),
		data("running", func(c *render.Cell, d *row) { c.Bool(d.Running) }),
		data("loopback", func(c *render.Cell, d *row) { c.Bool(d.Loopback) }),
		{Key: "link", Head: "link type", Value: func(c *render.Cell, d *row) {
			c.Words(d.Link.String())
		}},
		data("mtu", func(c *render.Cell, d *row) { c.ID(int64(d.MTU)) }),
		data("hardware", func(c *render.Cell, d *row) { c.Words(d.Hardware.String()) }),
		{Key: "addresses", Head: "addresses", Clip: 1, Value: func(c *render.Cell, d *row) {
			var list []string
			for _, a := range d.Addresses {
				list = append(list, a.String())
			}
			c.List(list, " ")
		}},
		data("problem", func(c *render.Cell, d *row) { c.Words(interfaceProblem(d)) }),
	}
}

// interfaceState is an interface's state in a word.
func interfaceState(d *live.Device) string {
	switch {
	case !d.Up:
		return "down"
	case !d.Running:
		return "no carrier"
	}
	return "up"
}

// interfaceProblem is why an interface cannot be opened, "" if it can.
func interfaceProblem(d *live.Device) string {
	if d.Err == nil {
		return ""
	}
	return d.Err.Error()
}
