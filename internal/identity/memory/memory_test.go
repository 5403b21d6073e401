package memory_test

import (
	"testing"

	"firstlook/internal/identity"
	"firstlook/internal/identity/identitytest"
	"firstlook/internal/identity/memory"
)

func TestStore(t *testing.T) {
	identitytest.Run(t, func(*testing.T) identity.Store { return memory.New() })
}
