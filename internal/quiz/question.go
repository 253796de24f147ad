// Package quiz makes questions about a capture, each with its answers, and grades what a learner
// answers.
//
// A Question is data: everything that its grader needs is in it, the right answers, and for
// each usual wrong one what went wrong. So one that was written as JSON and read again is graded
// just the same, by whoever shows it.
package quiz

// A Kind names what a question is about.
type Kind string

// The kinds of questions.
const (
	PortBytes     Kind = "port-bytes"    // where a port sits
	PortValue     Kind = "port-value"    // two bytes as a number
	NextHeader    Kind = "next-header"   // which byte says what follows IP
	NoPorts       Kind = "no-ports"      // which packets have no ports of their own, and why
	Client        Kind = "client"        // which end opened the conversation
	Reply         Kind = "reply"         // the ports of the answer
	RangeRole     Kind = "range-role"    // IANA's range and the part a port plays
	Moved         Kind = "moved"         // where a port would sit after a longer header
	Conversations Kind = "conversations" // how many there are
	Quoted        Kind = "quoted"        // what an ICMP error quotes
	Process       Kind = "process"       // what no header says
	Largest       Kind = "largest"       // the largest port
)

// Kinds lists every kind in the order in which they are asked, easy ones first.
func Kinds() []Kind {
	return []Kind{Reply, Client, Largest, PortBytes, PortValue, NextHeader, NoPorts, RangeRole,
		Moved, Conversations, Quoted, Process}
}

// Schema names the form of a question's JSON object.
const Schema = "portsniff.quiz/1"

// A Question is one question with its key.
type Question struct {
	Number int    `json:"number"` // from 1
	Kind   Kind   `json:"kind"`
	Text   string `json:"text"`
	Ask    string `json:"ask"` // how the answer is to be written
	// the packets it is about; none where it is about the whole capture
	Exhibits []Exhibit `json:"exhibits"`
	Parts    []Part    `json:"parts"`  // what the answer consists of, in order
	Answer   string    `json:"answer"` // a right answer, as one would write it
	Hint     string    `json:"hint"`
	Why      string    `json:"why"` // why the answer is right
	Ref      string    `json:"ref"` // where that is laid down

	about string // no two questions of a kind are about the same
}

// An Exhibit is a packet that a question is about.
type Exhibit struct {
	Frame int64  `json:"frame"` // its number in the capture
	Hex   string `json:"hex"`   // its first bytes, two digits each, up to the end of its headers
	More  int    `json:"more"`  // how many captured bytes follow
}

// A Form is a way to write a part of an answer. It determines which spellings are equal.
type Form string

// The forms. What each takes is written in its normal form in Part.Right and Wrong.Answer, as said
// here.
const (
	Number Form = "number" // decimal, or hexadecimal after 0x, an @ in front or not: decimal
	// a number that is asked in decimal; a hexadecimal one stays one: 0x1bb
	Decimal Form = "decimal"
	// 34-35, 34..35, @34-35, 34 and 35, 0x22-0x23: 34-35; one number alone: 34
	Bytes    Form = "bytes"
	Protocol Form = "protocol" // a number or a protocol's name, in lower case, or both
	Address  Form = "address"  // an IP address: as RFC 5952 writes it
	Endpoint Form = "endpoint" // a or b, an address, an address and a port, or a port
	Range    Form = "range"    // system, registered or dynamic
	Role     Form = "role"     // client or server
	Evidence Form = "evidence" // syn, syn-ack, registered-port, lower-port, first-sender
	Reason   Form = "reason"   // a reason why there are no ports
	Field    Form = "field"    // none, or the name of a field
)

// A Part is one part of an answer.
type Part struct {
	Name string `json:"name"` // what it is, for sentences: "the byte"
	// the word that may are in front of it in the answer: a port, a frame's number, "source"
	Key       string   `json:"key,omitempty"`
	Form      Form     `json:"form"`      // how it is written
	Right     []string `json:"right"`     // the right answers, in their normal form
	Wrong     []Wrong  `json:"wrong"`     // usual wrong ones
	Otherwise string   `json:"otherwise"` // what to say of any other
	// what it counts as where the answer does not mention its key; then the key is needed
	Unsaid string `json:"unsaid,omitempty"`
}

// A Wrong is a usual wrong answer.
type Wrong struct {
	Answer    string `json:"answer"`    // in its normal form
	Diagnosis string `json:"diagnosis"` // what went wrong
}

// wrong adds a usual wrong answer, unless it is right or has a diagnosis already: the first that
// fits stays.
func (p *Part) wrong(answer, diagnosis string) {
	if answer == "" || p.isRight(answer) || p.diagnosis(answer) != "" {
		return
	}
	p.Wrong = append(p.Wrong, Wrong{answer, diagnosis})
}

func (p *Part) isRight(answer string) bool {
	for _, r := range p.Right {
		if r == answer {
			return true
		}
	}
	return false
}

// diagnosis is what went wrong with an answer that is known to be usual, or "".
func (p *Part) diagnosis(answer string) string {
	for _, w := range p.Wrong {
		if w.Answer == answer {
			return w.Diagnosis
		}
	}
	return ""
}
