package decode

import "github.com/portsniff/portsniff/linktype"

// LinkProtocol is the header that frames of a link type begin with, or IDNone where there is no
// decoder for it here.
func LinkProtocol(t linktype.Type) ID {
	if uint64(t) < uint64(len(linkProtocols)) {
		return linkProtocols[t]
	}
	return IDNone
}
