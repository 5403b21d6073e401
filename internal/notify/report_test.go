package notify

import (
	"strings"
	"testing"
)

// FuzzReport: whatever comes back is read without a panic, and says something short.
func FuzzReport(f *testing.F) {
	f.Add([]byte("Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"))
	f.Add([]byte("Content-Type: multipart/report\r\n\r\n"))
	f.Add([]byte("Auto-Submitted: ;\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := readReport(b)
		if r.action == "" || len(r.evidence) != 64 || len([]rune(r.diagnosis)) > 300 || strings.ContainsAny(r.diagnosis, "\r\n") {
			t.Errorf("%q reads as %+v", b, r)
		}
	})
}
