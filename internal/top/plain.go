package top

import (
	"fmt"
	"strings"
)

// Thresholds of a Reporter.
const (
	reportPorts = 5   // busiest ports that are reported
	notable     = 0.2 // minimum relative change of a rate that is reported
)

// A Reporter describes changes in sentences, for screen readers and logs.
type Reporter struct {
	engine *Engine
	window Window
	total  float64            // last reported rate, in bits per second
	ports  map[PortID]float64 // the same for each port
	alerts int64
	begun  bool
}

// NewReporter returns a Reporter of rates over a window.
func NewReporter(e *Engine, w Window) *Reporter {
	return &Reporter{engine: e, window: w, ports: map[PortID]float64{}}
}

// Changes returns a sentence for each change since the last call, safe for a terminal. The caller
// must hold the lock of the Engine.
func (t *Reporter) Changes() (list []string) {
	e := t.engine
	if !e.begun {
		return nil
	}
	all := e.total.rate(t.window, &e.timing)
	if !t.begun || changed(t.total, all.sum()) {
		t.begun, t.total = true, all.sum()
		list = append(list, fmt.Sprintf("In all: %s, %s, %s.", withUnit(all.sum(), "bit/s"),
			withUnit(all.packets, "packets/s"), counted(len(e.flows), "flow")))
	}
	list = append(list, t.changedPorts()...)
	alerts, n := e.Alerts()
	for _, a := range alerts[max(len(alerts)-int(n-t.alerts), 0):] {
		text := fmt.Sprintf("Alert, %s: %s. Evidence: %s.", a.Rule, a.What, a.Evidence)
		if a.Frame > 0 {
			text += fmt.Sprintf(" See packet %d.", a.Frame)
		}
		list = append(list, text)
	}
	t.alerts = n
	return escaped(list...)
}

// changedPorts returns sentences about the busiest ports and about those that were reported before.
func (t *Reporter) changedPorts() (list []string) {
	p := t.engine.Rows(&Query{View: Ports, Window: t.window})
	now := map[PortID]float64{}
	for i := range p.items {
		x := &p.items[i]
		id := x.id.(PortID)
		before, known := t.ports[id]
		if i >= reportPorts && !known {
			continue
		}
		rate := x.rate.sum()
		now[id] = rate
		switch name := plainPort(id, x); {
		case rate == 0 && known && before > 0:
			list = append(list, name+" is quiet.")
		case rate == 0:
		case !known || before == 0:
			list = append(list, fmt.Sprintf("%s: %s, %s.", name, withUnit(rate, "bit/s"),
				counted(x.flows, "flow")))
		case changed(before, rate) && rate > before:
			list = append(list, fmt.Sprintf("%s rose to %s.", name, withUnit(rate, "bit/s")))
		case changed(before, rate):
			list = append(list, fmt.Sprintf("%s fell to %s.", name, withUnit(rate, "bit/s")))
		default:
			now[id] = before // small changes add up
		}
		if i >= reportPorts && rate == 0 {
			delete(now, id)
		}
	}
	t.ports = now
	return list
}

// plainPort returns the name of a port with its service.
func plainPort(id PortID, x *item) string {
	if id.None {
		return "No port (" + x.text + ")"
	}
	name := "Port " + portName(id.PortKey)
	if service := serviceName(id.PortKey); service != none {
		name += ", " + service
	}
	if x.what != none {
		name += ", " + x.what
	}
	return name
}

// changed reports whether a rate changed by more than notable.
func changed(before, now float64) bool {
	return now > before*(1+notable) || now < before*(1-notable)
}

// withUnit returns a number with a scaled unit: 72.1 Mbit/s.
func withUnit(n float64, unit string) string {
	number := scaled(n)
	if !strings.Contains(number, " ") {
		number += " "
	}
	return number + unit
}
