package lawcheck

import "firstlook/agreement"

// Share runs the checker's own allocation by what is wanted.
func Share(total int64, wants, least []int64) []int64 {
	takes := make([]take, len(wants))
	for i := range wants {
		takes[i] = take{want: wants[i], least: least[i]}
	}
	return share(agreement.ProRataByShare, total, takes)
}
