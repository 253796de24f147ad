package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
)

// Story returns a few lines about a packet: what its ports mean or why it has none, and the local
// process at each end. It is for programs that show the headers themselves.
func Story(f *analysis.Frame) string {
	var lines []string
	for i := range f.Transport {
		lines = append(lines, portsLine(&f.Transport[i]))
		if i < len(f.Owners) {
			if text := render.Owners(&f.Owners[i]); text != "" {
				lines = append(lines, "process: "+text)
			}
		}
	}
	if why := f.Packet.NoPorts; why != decode.HasPorts {
		lines = append(lines, "no ports: "+reasons[why])
	}
	for _, c := range f.Comments {
		lines = append(lines, textutil.Escape(string(c)))
	}
	return strings.Join(lines, "\n")
}

// portsLine returns the meaning of both ports of a transport header.
func portsLine(t *analysis.Transport) string {
	src, dst := "", ""
	switch t.Client {
	case "src":
		src, dst = "client ", "server "
	case "dst":
		src, dst = "server ", "client "
	}
	line := fmt.Sprintf("%s from %s to %s; %s", protoName(t.Proto),
		src+portWords(t.Src, t.SrcRange, t.SrcService),
		dst+portWords(t.Dst, t.DstRange, t.DstService), Evidence(t.Evidence, t.Proto))
	switch {
	case t.Quoted:
		line = "quoted " + line
	case t.InheritedFrom != 0:
		line += fmt.Sprintf("; the ports are in frame %d", t.InheritedFrom)
	}
	return line
}

// portWords returns a port with its service, if it has one, and its range.
func portWords(port uint16, r annotate.Range, service string) string {
	if service != "" {
		service = " " + service
	}
	return fmt.Sprintf("port %d%s (%s)", port, service, r)
}
