package page

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strconv"
)

// An object writes a JSON object member by member. It keeps the first error.
type object struct {
	w       *bufio.Writer
	started bool
	err     error
}

// comma writes the separator before a member.
func (o *object) comma() {
	c := byte(',')
	if !o.started {
		c, o.started = '{', true
	}
	o.fail(o.w.WriteByte(c))
}

func (o *object) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

func (o *object) raw(b []byte) {
	_, err := o.w.Write(b)
	o.fail(err)
}

func (o *object) member(name string, v any) {
	text, err := json.Marshal(v)
	o.fail(err)
	o.comma()
	o.raw(append(strconv.AppendQuote(nil, name), ':'))
	o.raw(text)
}

// inner writes the members of a value that encodes as an object.
func (o *object) inner(v any) {
	text, err := json.Marshal(v)
	o.fail(err)
	if o.err == nil {
		o.comma()
		o.raw(text[1 : len(text)-1])
	}
}

// members writes encoded members unchanged.
func (o *object) members(text []byte) {
	if len(text) > 0 {
		o.comma()
		o.raw(text)
	}
}

func (o *object) packets(list []*kept, c *counts) {
	o.comma()
	o.raw([]byte(`"packets":[`))
	for i, k := range list {
		if i > 0 {
			o.raw([]byte{','})
		}
		o.raw(k.json[:len(k.json)-1])
		o.raw(fmt.Appendf(nil, `,"flow":%d}`, c.flowOf(k)))
	}
	o.raw([]byte{']'})
}

func (o *object) tables(c *counts) {
	o.member("ports", c.ports)
	o.member("flows", c.flows)
	o.member("hosts", c.hosts)
	o.member("services", c.services)
	o.member("scans", c.scans)
	o.member("totals", c.totals)
	o.member("hiddenPorts", c.hidden[0])
	o.member("hiddenFlows", c.hidden[1])
	o.member("hiddenHosts", c.hidden[2])
	o.member("hiddenServices", c.hidden[3])
}

func (o *object) end() error {
	o.raw([]byte{'}'})
	o.fail(o.w.Flush())
	return o.err
}

func (t *tables) write(o *object) {
	o.member("specs", t.Specs)
	o.member("kinds", t.Kinds)
	o.member("shapes", t.Shapes)
	o.member("texts", t.Texts)
}
