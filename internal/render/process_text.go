package render

import (
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/textutil"
)

// ownerText writes an owner as name/PID, the number of other processes, the user, and the
// confidence unless it is exact.
func ownerText(o *sockets.Owner) string {
	user := ""
	if o.User != "" {
		user = " of " + textutil.Escape(o.User)
	}
	switch {
	case o.Confidence == sockets.Gone:
		return "closed too soon"
	case !o.Known() && user != "":
		return "a process" + user
	case !o.Known():
		return ""
	}
	text := textutil.Escape(o.Name) + "/" + strconv.Itoa(o.PID)
	if o.More > 0 {
		text += " +" + strconv.Itoa(o.More)
	}
	text += user
	if o.Confidence != sockets.Exact {
		text += " (" + string(o.Confidence) + ")"
	}
	return text
}

// ownersLine writes the owners of a packet's ends, or "" if they were already reported.
func ownersLine(o *analysis.EndOwners) string {
	if !o.New {
		return ""
	}
	return Owners(o)
}

// Owners writes the owners of a packet's ends, or "" if none is known.
func Owners(o *analysis.EndOwners) string {
	return pairText("src ", ownerText(&o.Src), "dst ", ownerText(&o.Dst))
}

// pairText joins two texts with their labels. An empty text is left out.
func pairText(labelA, a, labelB, b string) string {
	var parts []string
	if a != "" {
		parts = append(parts, labelA+a)
	}
	if b != "" {
		parts = append(parts, labelB+b)
	}
	return strings.Join(parts, "; ")
}

// processText writes a process and how many others had the same ports before.
func processText(p *analysis.EndProcess) string {
	text := ownerText(&p.Owner)
	if text != "" && p.Earlier > 0 {
		text += ", " + strconv.Itoa(p.Earlier) + " earlier"
	}
	return text
}

// Limits of the number of processes of a port that are named.
const (
	maxNamedInText = 2
	maxNamedInData = 32
)

// processSetText names up to limit processes and counts the others.
func processSetText(s *analysis.ProcessSet, limit int) string {
	var parts []string
	named := min(len(s.List), limit)
	for i := range s.List[:named] {
		parts = append(parts, ownerText(&s.List[i].Owner))
	}
	if more := len(s.List) - named; more > 0 {
		parts = append(parts, strconv.Itoa(more)+" more")
	}
	if s.Gone > 0 {
		parts = append(parts, strconv.Itoa(s.Gone)+" closed too soon")
	}
	return strings.Join(parts, ", ")
}

// portProcessesText writes the processes at a port, then those at the opposite end.
func portProcessesText(p *analysis.PortProcesses) string {
	local := processSetText(&p.Local, maxNamedInText)
	return pairText("", local, "peer ", processSetText(&p.Peer, maxNamedInText))
}

// untrackedText returns a line with the number of flows without a process lookup.
func untrackedText(t *analysis.ProcessTable) string {
	if t == nil || t.Untracked == 0 {
		return ""
	}
	return "processes not looked up (memory full): " +
		textutil.Plural(t.Untracked, "flow") + "\n"
}
