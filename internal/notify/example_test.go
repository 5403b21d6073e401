package notify_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"firstlook/calendar"
	"firstlook/internal/notify"
)

// What a receiver does with a call: it reads the bytes, verifies them, and only then looks inside.
func ExampleVerify() {
	secret := []byte("a secret of 24 bytes or more")
	received := time.Date(2026, 3, 3, 12, 1, 0, 0, time.UTC) // the receiver's own clock
	receive := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			return
		}
		id, err := notify.Verify(r.Header, body, calendar.From(received), secret)
		if err != nil {
			fmt.Println(err)
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Println("a letter:", id)
	}
	call := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))
	call.Header.Set("webhook-id", "n1.3.5.northwind")
	call.Header.Set("webhook-timestamp", "1772539200")
	call.Header.Set("webhook-signature", "v1,w1B3+ejvo77EwX1oTj52zMyeI0Fl46fLxqRTbCkr2P0=")
	receive(httptest.NewRecorder(), call)
	call.Body = io.NopCloser(strings.NewReader(`{"changed":true}`))
	receive(httptest.NewRecorder(), call)
	// Output:
	// a letter: n1.3.5.northwind
	// the call is not signed with the secret, or not at this time
}
