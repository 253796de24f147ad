package top

import (
	"slices"
	"time"
)

// A rule is a reason for an alert, with its thresholds.
type rule struct {
	name   string
	count  int           // how many make an alert; 0 where one does
	within time.Duration // the time that they come in, or that must have passed; 0 for none
}

// Rules returns the names of all rules. All of them are on.
func Rules() (names []string) {
	for i := range rules {
		names = append(names, rules[i].name)
	}
	return names
}

// The rules' names.
const (
	ruleScan      = "scan"
	ruleRefused   = "refused"
	ruleOddPort   = "odd-port"
	ruleTLS       = "tls-on-clear-port"
	ruleClear     = "clear-on-tls-port"
	ruleNewPort   = "new-port"
	ruleWellKnown = "well-known-client"
	ruleLoss      = "loss"
)

var rules = []rule{
	// One host opens TCP connections to many ports, and none of them is answered.
	{ruleScan, 20, time.Minute},
	// One host refuses many TCP connections of another.
	{ruleRefused, 10, 10 * time.Second},
	// The first bytes of a flow are another protocol's than its port is assigned to.
	{ruleOddPort, 0, 0},
	// TLS begins on a port that is assigned to a protocol without it.
	{ruleTLS, 0, 0},
	// Clear text begins on a port that is assigned to a protocol over TLS.
	{ruleClear, 0, 0},
	// A host accepts TCP connections on a port for the first time, and was there before.
	{ruleNewPort, 0, time.Minute},
	// A TCP client uses a system port (0-1023), as no ordinary program does.
	{ruleWellKnown, 0, 0},
	// The kernel or the interface lost packets. While they go on there is one alert in this time.
	{ruleLoss, 0, 10 * time.Second},
}

// ruleOf returns the rule with a name.
func ruleOf(name string) *rule {
	return &rules[slices.IndexFunc(rules, func(r rule) bool { return r.name == name })]
}

// systemClients are ports that clients may have below 1024: active FTP sends from port 20
// (RFC 959 3.3).
var systemClients = []uint16{20}

// systemServers are ports whose clients traditionally use ports below 1024: the r-commands
// (RFC 1282), line printers (RFC 1179), portmapper and NFS.
var systemServers = []uint16{111, 513, 514, 515, 2049, 20048}
