package top

import (
	"slices"
	"time"
)

// A Rule is a reason for an alert, with its thresholds.
type Rule struct {
	Name   string
	Off    bool
	Count  int           // number of events that raise an alert; 0 if one event is enough
	Within time.Duration // time span of these events, or minimum time before an event; 0 for none
	Finds  string        // description of the rule
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

// Rules returns all rules with their defaults. All of them are on.
func Rules() []Rule {
	return []Rule{
		{Name: ruleScan, Count: 20, Within: time.Minute,
			Finds: "a host tries count ports within a time, over TCP, and none answers"},
		{Name: ruleRefused, Count: 10, Within: 10 * time.Second,
			Finds: "a host refuses count TCP connections of another within a time"},
		{Name: ruleOddPort,
			Finds: "the first bytes belong to another protocol than the port's"},
		{Name: ruleTLS, Finds: "TLS on a port that is assigned to a protocol without it"},
		{Name: ruleClear, Finds: "clear text on a port that is assigned to a protocol over TLS"},
		{Name: ruleNewPort, Within: time.Minute,
			Finds: "a host accepts TCP on a new port, this time or more after it was first seen"},
		{Name: ruleWellKnown, Finds: "a TCP client uses a system port (0-1023)"},
		{Name: ruleLoss, Within: 10 * time.Second,
			Finds: "the kernel or the interface lost packets; at most one alert in this time"},
	}
}

// RuleNames returns the names of all rules.
func RuleNames() (names []string) {
	for _, r := range Rules() {
		names = append(names, r.Name)
	}
	return names
}

// rule returns the rule with a name.
func (w *watchman) rule(name string) *Rule {
	return &w.rules[slices.IndexFunc(w.rules, func(r Rule) bool { return r.Name == name })]
}

// systemClients are ports that clients may have below 1024: active FTP sends from port 20
// (RFC 959 3.3).
var systemClients = []uint16{20}

// systemServers are ports whose clients traditionally use ports below 1024: the r-commands
// (RFC 1282), line printers (RFC 1179), portmapper and NFS.
var systemServers = []uint16{111, 513, 514, 515, 2049, 20048}
