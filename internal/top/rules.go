package top

import (
	"slices"
	"time"
)

// A Rule is a reason for an alert, with its thresholds. See Rules.
type Rule struct {
	Name   string
	About  string        // what it finds, in a sentence
	Count  int           // how many make an alert; 0 where one does
	Within time.Duration // the time that they come in, or that must have passed; 0 for none
}

// Rules returns all rules. All of them are on.
func Rules() []Rule { return slices.Clone(rules) }

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

var rules = []Rule{
	{ruleScan, "One host opens TCP connections to many ports, and none of them is answered.", 20,
		time.Minute},
	{ruleRefused, "One host refuses many TCP connections of another.", 10, 10 * time.Second},
	{ruleOddPort, "The first bytes of a flow are another protocol's than its port is assigned to.",
		0, 0},
	{ruleTLS, "TLS begins on a port that is assigned to a protocol without it.", 0, 0},
	{ruleClear, "Clear text begins on a port that is assigned to a protocol over TLS.", 0, 0},
	{ruleNewPort, "A host accepts TCP connections on a port for the first time, and was there " +
		"before.", 0, time.Minute},
	{ruleWellKnown, "A TCP client uses a system port (0-1023), as no ordinary program does.", 0, 0},
	{ruleLoss, "The kernel or the interface lost packets: what is shown is not all.", 0, 0},
}

// ruleOf returns the rule with a name.
func ruleOf(name string) *Rule {
	return &rules[slices.IndexFunc(rules, func(r Rule) bool { return r.Name == name })]
}

// systemClients are ports that clients may have below 1024: active FTP sends from port 20
// (RFC 959 3.3).
var systemClients = []uint16{20}

// systemServers are ports whose clients traditionally use ports below 1024: the r-commands
// (RFC 1282), line printers (RFC 1179), portmapper and NFS.
var systemServers = []uint16{111, 513, 514, 515, 2049, 20048}
