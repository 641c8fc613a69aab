from tests.dialects.siigo import bodies
async def test_a(siigo):
    print((await siigo.created("/v1/invoices", bodies.invoice())))
    print((await siigo.created("/v1/customers", bodies.customer())))
    print((await siigo.created("/v1/products", bodies.product())))
    print((await siigo.created("/v1/journals", bodies.journal())))
async def test_b(siigo): 
    r=await siigo.get("/v1/taxes"); print(r.headers, r.text)
async def test_c(siigo): 
    print((await siigo.get("/v1/document-types")).text)
