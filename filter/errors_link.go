package filter

import "fmt"

// A LinkError says that frames of a link type can't be filtered.
type LinkError struct{ Link LinkType }

func (e *LinkError) Error() string {
	return fmt.Sprintf("a capture filter can't look into link type %d; it can into Ethernet, Linux cooked captures, loopback, PPP, Cisco HDLC and bare IP", e.Link)
}
