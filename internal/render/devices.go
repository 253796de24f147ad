package render

import (
	"io"

	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/internal/textutil"
)

// deviceSchema names the schema of an interface's JSON object.
const deviceSchema = "portsniff.interface/1"

// A Devices is a list of interfaces.
type Devices []live.Device

// Write writes a table. Text continues with the reasons why some cannot be opened.
func (devices Devices) Write(out io.Writer, f Format, style Style) error {
	t := &Table[live.Device]{Schema: deviceSchema, Columns: deviceColumns(),
		Rows: Rows([]live.Device(devices)), Fold: true}
	if err := t.Write(out, f, style); err != nil ||
		f != FormatText {
		return err
	}
	reported := map[string]bool{} // reports each problem once
	for _, d := range devices {
		problem := deviceProblem(&d)
		if problem == "" || reported[problem] {
			continue
		}
		reported[problem] = true
		if _, err := io.WriteString(out, style.wrap(textutil.Escape(problem))); err != nil {
			return err
		}
	}
	return nil
}

// deviceColumns describe an interface in all formats.
func deviceColumns() []Column[live.Device] {
	type row = live.Device
	text := func(head string, value func(c *Cell, d *row)) Column[row] {
		return Column[row]{Head: head, In: InText, Value: value}
	}
	data := func(key string, value func(c *Cell, d *row)) Column[row] {
		return Column[row]{Key: key, In: InData, Value: value}
	}
	return []Column[row]{
		text("no", func(c *Cell, d *row) { c.ID(int64(d.Number)) }),
		text("interface", func(c *Cell, d *row) {
			c.Words(d.Name)
			if d.Label != "" {
				c.Words(" (" + d.Label + ")")
			}
		}),
		text("state", func(c *Cell, d *row) { c.Words(deviceState(d)) }),
		text("capture", func(c *Cell, d *row) {
			c.Words(map[bool]string{true: "yes", false: "no"}[d.Err == nil])
		}),
		data("number", func(c *Cell, d *row) { c.ID(int64(d.Number)) }),
		data("name", func(c *Cell, d *row) { c.Words(d.Name) }),
		data("label", func(c *Cell, d *row) { c.Words(d.Label) }),
		data("up", func(c *Cell, d *row) { c.Bool(d.Up) }),
		data("running", func(c *Cell, d *row) { c.Bool(d.Running) }),
		data("loopback", func(c *Cell, d *row) { c.Bool(d.Loopback) }),
		{Key: "link", Head: "link type", Value: func(c *Cell, d *row) {
			c.Words(d.Link.String())
		}},
		data("mtu", func(c *Cell, d *row) { c.ID(int64(d.MTU)) }),
		data("hardware", func(c *Cell, d *row) { c.Words(d.Hardware.String()) }),
		{Key: "addresses", Head: "addresses", Wrap: true, Value: func(c *Cell, d *row) {
			var list []string
			for _, a := range d.Addresses {
				list = append(list, a.String())
			}
			c.List(list, " ")
		}},
		data("problem", func(c *Cell, d *row) { c.Words(deviceProblem(d)) }),
	}
}

// deviceState returns an interface's state as one word.
func deviceState(d *live.Device) string {
	switch {
	case !d.Up:
		return "down"
	case !d.Running:
		return "no carrier"
	}
	return "up"
}

// deviceProblem returns why an interface cannot be opened, or "" if it can.
func deviceProblem(d *live.Device) string {
	if d.Err == nil {
		return ""
	}
	return d.Err.Error()
}
