from dv_gen.landing.preview import _table
def aligned(h,r): return _table(h,r,60)
