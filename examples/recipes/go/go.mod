module rehearsal

go 1.19
