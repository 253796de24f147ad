package annotate

import (
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/filter"
)

// FilterServices returns the ports that IANA registered under a name. Use it as
// filter.Options.Services to make capture filters accept names, such as "port https".
func FilterServices(name string) (list []filter.Service) {
	for _, p := range []decode.Transport{decode.ProtoTCP, decode.ProtoUDP, decode.ProtoSCTP} {
		if port, ok := PortByName(name, p); ok {
			list = append(list, filter.Service{Port: port, Proto: p.Number()})
		}
	}
	return list
}
