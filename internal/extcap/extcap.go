// Package extcap writes what Wireshark reads from a program that captures for it (the manual page
// extcap(4)): lines of a word and pairs of a key and a value.
package extcap

import (
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/internal/textutil"
)

// The values of --comments: what the comment of a packet contains.
const (
	CommentProcess = "process"
	CommentPorts   = "ports"
	CommentNone    = "none"
)

// Comments returns the values of --comments.
func Comments() []string { return []string{CommentProcess, CommentPorts, CommentNone} }

// Prefix separates portsniff's interfaces from those that Wireshark captures on itself.
const Prefix = "portsniff-"

// Interfaces returns the lines that describe this program and its interfaces. The list includes
// interfaces that this user may not capture on: the error of the capture says what to do.
func Interfaces(devices []live.Device, version string) []string {
	lines := []string{sentence("extcap", "version", version, "help",
		"https://github.com/portsniff/portsniff/blob/main/docs/wireshark.md")}
	for i := range devices {
		d := &devices[i]
		shown := d.Name
		if d.Label != "" {
			shown = d.Label
		}
		lines = append(lines, sentence("interface", "value", nameOf(d), "display",
			shown+" with ports and processes"))
	}
	return lines
}

// nameOf returns the name of an interface in Wireshark's list. If the name cannot be a file
// name or a value in a sentence, it uses the interface's number. -i accepts that number too.
func nameOf(d *live.Device) string {
	for _, c := range []byte(d.Name) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`{}\/:"'*?<>|`, c) >= 0 {
			return Prefix + strconv.Itoa(d.Number)
		}
	}
	return Prefix + d.Name
}

// LinkTypes returns the line that describes the link type of an interface.
func LinkTypes(d live.Device) []string {
	return []string{sentence("dlt", "number", strconv.Itoa(int(d.Link)), "name", d.Link.String(),
		"display", d.Link.String())}
}

// Options returns the lines for the flags that a user of Wireshark can set.
func Options() []string {
	return []string{
		sentence("arg", "number", "0", "call", "--comments", "display", "Packet comments",
			"tooltip", "What portsniff adds to each packet", "type", "selector"),
		sentence("arg", "number", "1", "call", "--snapshot-length", "display", "Snapshot length",
			"tooltip", "Bytes that are captured of a frame; 0 for all", "type", "integer",
			"range", "0,"+strconv.Itoa(live.DefaultSnapLen), "default", "0"),
		sentence("arg", "number", "2", "call", "--no-promiscuous-mode", "display",
			"No promiscuous mode", "tooltip", "Capture only what the interface takes anyway",
			"type", "boolflag", "default", "false"),
		sentence("value", "arg", "0", "value", CommentProcess, "display", "ports and processes",
			"default", "true"),
		sentence("value", "arg", "0", "value", CommentPorts, "display", "ports",
			"default", "false"),
		sentence("value", "arg", "0", "value", CommentNone, "display", "none", "default", "false"),
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
