package quiz

// words maps the spellings of forms that consist of words to their meanings.
var words = map[Form]map[string]string{
	Range: {
		"system": "system", "sys": "system", "well-known": "system", "wellknown": "system",
		"well":       "system",
		"registered": "registered", "reg": "registered", "user": "registered",
		// RFC 6335 section 6 calls the dynamic ports "also known as the Private or Ephemeral
		// Ports".
		"dynamic": "dynamic", "dyn": "dynamic", "private": "dynamic", "ephemeral": "dynamic",
	},
	Role: {
		"client": "client", "ephemeral": "client",
		"server": "server", "service": "server",
	},
	Evidence: {
		"syn": "syn", "init": "syn", "request": "syn", "syns": "syn",
		"syn-ack": "syn-ack", "synack": "syn-ack", "init-ack": "syn-ack", "response": "syn-ack",
		"registered-port": "registered-port", "registered": "registered-port",
		"name": "registered-port", "well-known": "registered-port", "service": "registered-port",
		"lower-port": "lower-port", "lower": "lower-port", "higher": "lower-port",
		"number":       "lower-port",
		"first-sender": "first-sender", "first": "first-sender",
	},
	Reason: {
		"not-ip": "not-ip", "arp": "not-ip", "lldp": "not-ip", "stp": "not-ip",
		"no-transport": "no-transport", "icmp": "no-transport", "icmpv6": "no-transport",
		"igmp": "no-transport", "ospf": "no-transport",
		"later-fragment": "later-fragment", "fragment": "later-fragment",
		"cut": "cut", "snaplen": "cut", "truncated": "cut",
		"encrypted": "encrypted", "esp": "encrypted",
		"malformed": "malformed", "broken": "malformed",
		"unsupported-link": "unsupported-link",
	},
	Field: {
		"none": "none", "no": "none", "nothing": "none", "neither": "none",
		"port": "port", "ports": "port", "source": "port", "destination": "port", "srcport": "port",
		"dstport": "port",
		"address": "address", "addresses": "address", "ip": "address", "mac": "address",
		"pid": "pid", "process": "pid",
		"protocol": "protocol", "payload": "payload", "data": "payload", "checksum": "checksum",
		"sequence": "sequence",
	},
}

// keyWords maps spellings to the keys that are words.
var keyWords = map[string]string{
	"source": "source", "src": "source", "sport": "source", "srcport": "source", "from": "source",
	"destination": "destination", "dest": "destination", "dst": "destination",
	"dport": "destination", "dstport": "destination", "to": "destination",
}

// noise lists words without a meaning in answers.
var noise = map[string]bool{
	"the": true, "is": true, "are": true, "it": true, "its": true, "in": true, "of": true,
	"for": true, "from": true, "to": true, "and": true, "at": true,
	"byte": true, "bytes": true, "offset": true, "frame": true, "frames": true, "packet": true,
	"value": true, "because": true, "by": true, "with": true,
	"sent": true, "range": true, "role": true, "port": true, "ports": true, "known": true,
	"field": true, "header": true,
	"an": true, "this": true, "that": true, "they": true, "so": true, "has": true, "have": true,
	"end": true, "host": true, "side": true,
	"sends": true, "opens": true, "opened": true, "starts": true, "started": true,
	"connection": true, "conversation": true, "flag": true, "bit": true, "set": true,
	"belongs": true, "does": true, "number": true, "there": true, "goes": true,
}
