package records

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"strings"
	"time"

	"github.com/portsniff/portsniff/internal/communityid"
	"github.com/portsniff/portsniff/internal/flow"
)

// values returns the values of a record by portsniff's name: a string, uint16, uint64, netip.Addr,
// time.Time or time.Duration. A value is nil if it is not known. portsniff does not know the names
// of the mapping that are missing here.
var values = map[string]func(r *Record) any{
	"start":       func(r *Record) any { return moment(r.Start) },
	"end":         func(r *Record) any { return moment(r.End) },
	"uid":         func(r *Record) any { return r.UID() },
	"client":      func(r *Record) any { return addr(r.ClientEnd.Addr) },
	"client_port": func(r *Record) any { return r.ClientEnd.Port },
	"server":      func(r *Record) any { return addr(r.ServerEnd.Addr) },
	"server_port": func(r *Record) any { return r.ServerEnd.Port },
	"proto":       func(r *Record) any { return r.Proto.String() },
	"payload":     func(r *Record) any { return text(r.protocol()) },
	"duration": func(r *Record) any {
		if d := r.duration(); d > 0 {
			return d
		}
		return nil
	},
	"client_payload_bytes": func(r *Record) any { return r.payloadBytes(r.Client) },
	"server_payload_bytes": func(r *Record) any { return r.payloadBytes(r.Server()) },
	"conn_state":           func(r *Record) any { return r.ConnState() },
	"history":              func(r *Record) any { return text(r.History) },
	"packets_sent":         func(r *Record) any { return r.Sent.Packets },
	"packets_received":     func(r *Record) any { return r.Received.Packets },
	"client_ip_bytes":      func(r *Record) any { return r.IP[r.Client] },
	"server_ip_bytes":      func(r *Record) any { return r.IP[r.Server()] },
	"packets":              func(r *Record) any { return r.Total().Packets },
	"ip_bytes":             func(r *Record) any { return r.IP[flow.A] + r.IP[flow.B] },
	"community_id":         func(r *Record) any { return text(r.communityID()) },
	"ip_version":           func(r *Record) any { return text(r.ipVersion()) },
	"end_reason":           func(r *Record) any { return r.Why.String() },
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func addr(a netip.Addr) any {
	if !a.IsValid() {
		return nil
	}
	return a
}

func moment(nanos int64) any {
	if nanos == flow.NoTime {
		return nil
	}
	return time.Unix(0, nanos).UTC()
}

// duration returns the duration of the flow without what follows the last FIN of a connection, as
// in Zeek.
func (r *Record) duration() time.Duration {
	switch {
	case r.Start == flow.NoTime:
		return 0
	case r.Closed > r.Start:
		return time.Duration(r.Closed - r.Start)
	}
	return time.Duration(r.End - r.Start)
}

// payloadBytes returns the payload bytes of one end, or nil for a flow without duration, as in
// Zeek.
func (r *Record) payloadBytes(s flow.Side) any {
	if r.duration() <= 0 {
		return nil
	}
	return r.Payload[s]
}

// protocol returns the protocol of the first payloads, with Zeek's name.
func (r *Record) protocol() string {
	name := r.ServerPayload.String()
	if name == "" {
		name = r.ClientPayload.String()
	}
	if name == "tls" || name == "dtls" {
		return "ssl"
	}
	return name
}

func (r *Record) communityID() string {
	return string(communityid.AppendFlow(nil, r.Proto, r.A.AddrPort(), r.B.AddrPort()))
}

func (r *Record) ipVersion() string {
	switch {
	case r.A.Addr.Is4():
		return "ipv4"
	case r.A.Addr.Is6():
		return "ipv6"
	}
	return ""
}

// UID returns an identifier of the flow in Zeek's form. It depends on the ends of the flow and its
// first packet, so the same capture always has the same identifiers.
func (r *Record) UID() string {
	b := binary.BigEndian.AppendUint64([]byte(r.Proto.String()), uint64(r.FirstFrame))
	b = binary.BigEndian.AppendUint64(append(b, r.Header), uint64(r.Start))
	for _, e := range []flow.Endpoint{r.A, r.B} {
		b = append(binary.BigEndian.AppendUint16(b, e.Port), e.Addr.AsSlice()...)
	}
	sum := sha256.Sum256(b)
	const letters = 17
	return "C" + letterDigits.Replace(base64.RawURLEncoding.EncodeToString(sum[:]))[:letters]
}

// letterDigits removes the characters of base64 that are not letters or digits.
var letterDigits = strings.NewReplacer("-", "", "_", "")
