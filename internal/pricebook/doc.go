// Package pricebook reads public price catalogs and answers with indicative quotes.
//
// A [Book] is a named list of [Row]s: what a cloud prints as its price for a machine with so many accelerators, on a date,
// in a source. A [Quote] is arithmetic on a row; like every list price it binds nobody. Only an offer is firm, and
// nothing here makes one: [Row.Terms] writes the terms that an offer at the list price would have.
//
// # Layouts
//
// [Import] tells the layout of a file by its header:
//
//   - firstlook: our own, which [Book.Encode] writes. The first line names the format, its version and the book; then come
//     a header and the rows. Equal books have equal bytes, so a book can be recorded and hashed.
//   - instance: cloud, region, instance_type, accelerator, accel_count, usd_hour and, if present, spot_usd_hour, kind, as_of,
//     source. The price is for the machine; a spot price makes a second row.
//   - per-gpu: provider, gpu_model, usd_per_gpu_hour and, if present, vram_gb, interconnect, tier, is_spot, collected_at,
//     source_url. The price is for one accelerator.
//   - skypilot: InstanceType, AcceleratorName, AcceleratorCount, Price, Region and, if present, SpotPrice,
//     AvailabilityZone, in any order; other columns (vCPUs, MemoryGiB, GpuInfo, Generation) are not read. The cloud comes
//     from the options, or from the folder of a file named vms.csv, or from the file's own name (aws.csv).
//
// In the skypilot layout a missing price (empty, nan, or 0 for spot) is "not sold that way" and no error, since its
// writers put it so. Machines without accelerators are skipped and counted, and so are fractions of an accelerator. Google
// prices some accelerators apart from their machine (an empty InstanceType): where the machine follows from the
// accelerator (a2, a3, a4) both prices are added, else the row is skipped and counted. TPU slices are counted in chips: v2 to
// v5p number their cores, two to a chip; later ones number their chips.
//
// # Exactness
//
// A price is kept per machine-hour with the number of accelerators beside it, so nothing is divided on import. Prices
// have nine decimals; catalogs that print more, as floating-point noise, are rounded to the nearest and the report counts
// them. A region of "*" or none is every region of the cloud and is kept empty.
//
// The name of an accelerator is normalised by a table (see [Normalise]) so that books can be compared; the source's own
// word stays in the row. Rows that agree in everything are duplicates and kept once; the same machine at another
// price (another zone, another day) is another row.
//
// # Bad files
//
// A file is imported whole or not at all. Every problem is reported at once, with file, line, column and what to do
// ([Problems]); at most [MaxProblems] are listed and the rest counted. Files above a size limit, with NUL bytes or
// not in UTF-8 are refused before they are parsed.
//
// # Tables
//
// The package also reads the tables that the choice needs ([ParseEgress], [ParseThroughput]) and embeds a small book and
// tables of public facts, each with its date and source ([Embedded], [EmbeddedEgress], [EmbeddedThroughputs]).
package pricebook
