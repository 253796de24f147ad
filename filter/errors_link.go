package filter

import (
	"fmt"

	"github.com/portsniff/portsniff/linktype"
)

// A LinkError is for a link type whose frames cannot be filtered.
type LinkError struct{ Link linktype.Type }

func (e *LinkError) Error() string {
	return fmt.Sprintf(
		"a capture filter can't look into link type %d; it can into Ethernet, Linux cooked "+
			"captures, loopback, PPP, Cisco HDLC and bare IP", e.Link)
}
