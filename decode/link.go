package decode

import "strconv"

// A LinkType is a LINKTYPE_ value: what a frame begins with. It is wider than gopacket's layers.LinkType, whose eight bits turn 276 into 20.
type LinkType uint32

// Link types that have a name here.
const (
	LinkNull     LinkType = 0
	LinkEthernet LinkType = 1
	LinkRaw      LinkType = 101
	LinkSLL      LinkType = 113
	LinkSLL2     LinkType = 276
	LinkIPv4     LinkType = 228
	LinkIPv6     LinkType = 229
)

// Protocol is the header that frames of this link type begin with, or IDNone where there is no decoder for it here.
func (l LinkType) Protocol() ID { return l.info().id }

// String is the link type's name without the LINKTYPE_ prefix, or its number where the name isn't known here.
func (l LinkType) String() string {
	if n := l.info().name; n != "" {
		return n
	}
	return "LINKTYPE_" + strconv.FormatUint(uint64(l), 10)
}

// info is the link type's row in linkTypes. Every packet asks for it, and an array answers sooner than a map.
func (l LinkType) info() linkInfo {
	if int(l) < len(lowLinkTypes) {
		return lowLinkTypes[l]
	}
	return linkTypes[l]
}

// lowLinkTypes are the rows of linkTypes by number, as far as numbers are in use.
var lowLinkTypes = func() (rows [320]linkInfo) {
	for l, info := range linkTypes {
		if int(l) < len(rows) {
			rows[l] = info
		}
	}
	return rows
}()

type linkInfo struct {
	name string
	id   ID
}
