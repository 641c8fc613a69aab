import asyncio, json, uuid
from decimal import Decimal as D
from tests.dialects.siigo import bodies as b
from tests.dialects.siigo.client import *
import traceback, cuadra.dialects.siigo.server as S
class L:
    def exception(self, *a): 
        t,e,_=__import__('sys').exc_info(); print("@   !!", t.__name__, str(e).split("\n")[0])
S._log=L()
async def test_conc(siigo):
    s=siigo
    await s.database._pool.resize(10,10); await s.database._pool.wait()
    for k in range(5):
        c=await s.created("/v1/customers", b.customer(identification=f"9999{k}"))
        a=[s.post("/v1/invoices", b.invoice(customer={"identification":f"9999{k}"})) for i in range(4)]
        d=s.delete("/v1/customers/"+c["id"])
        rs=await asyncio.gather(a[0],a[1],d,a[2],a[3]); print("@delete race",[r.status_code for r in rs])
        c=await s.created("/v1/products", b.product(code=f"9999{k}"))
        a=[s.post("/v1/invoices", b.invoice(b.item(code=f"9999{k}"))) for i in range(4)]
        d=s.delete("/v1/products/"+c["id"])
        rs=await asyncio.gather(a[0],a[1],d,a[2],a[3]); print("@delete race",[r.status_code for r in rs])
    r=await s.get("/v1/invoices?page_size=100"); print("@list", r.status_code, r.text[:200])
    async def mixed(i):
        return await [lambda: s.post("/v1/invoices", b.invoice(b.item(code="Sku-1",quantity=1),payments=b.on_credit(1000))),
          lambda: s.post("/v1/journals", b.journal(b.entry("14350101",1900,product={"code":"Sku-1","quantity":2}),b.entry("11050501",-1900))),
          lambda: s.post("/v1/invoices", b.invoice(customer=b.customer(identification=f"3333{i//4}"))),
          lambda: s.post("/v1/customers", b.customer(identification=f"3333{i//4}")),
          lambda: s.post("/v1/journals", b.journal(b.entry("13050501",-1,due={"prefix":"FV-1","consecutive":68,"quote":1,"date":"2026-12-01"}),b.entry("14350101",1,product={"code":"Sku-2","quantity":1}))),
          ][i%5]()
    rs=await asyncio.gather(*[mixed(i) for i in range(200)])
    from collections import Counter
    print("@mixed", Counter((r.status_code, r.headers.get("siigoapi-error-code","")) for r in rs))
async def test_amounts(siigo):
    s=siigo
    async def show(label, r):
        print(f"@{label:44} {r.status_code} {r.headers.get('siigoapi-error-code','')} {r.text[:260]}")
    for h in ("[", "", "a b", "ñ", "x"*500, "127.0.0.1:99999999", "[::1"):
        for p in ("/v1/customers","/v1/nothing","/auth"):
            try: await show("host "+h[:20]+p, await s.get(p, headers={"host":h}))
            except Exception as e: print("@", h, repr(e))
    await show("405", await s.call("PATCH","/v1/invoices"))
    I=b.invoice
    L="1.0000000000000000000000000000000000001"
    cases={
     "qty long": I(b.item(quantity=D(L))),
     "price long": I(b.item(price=D("1000.00000000000000000000000000000001"))),
     "pay long": I(b.item(), total=D("1000.00000000000000000000000000000001")),
     "fx huge": I(b.item(price=D("99999999999.99")),total=D("99999999999.99"),currency={"code":"USD","exchange_rate":1000000000}),
     "fx tiny": I(b.item(price=1),total=1,currency={"code":"USD","exchange_rate":D("0.000001")}),
     "fx bad": I(currency={"code":"XXX","exchange_rate":1}),
     "obs and total": I(observations="x"*4001,total=5),
     }
    for k,v in cases.items(): await show(k, await s.post("/v1/invoices", v))
    J=b.journal; E=b.entry
    cases={
     "j fx huge": J(E("11100501",D("99999999999.99")),E("11050501",D("-99999999999.99")),currency={"code":"USD","exchange_rate":1000000000}),
     "j movement": J({"account":{"code":"11050501","movement":"Both"},"value":1,"customer":{"identification":b.CUSTOMER}}),
    }
    for k,v in cases.items(): await show(k, await s.post("/v1/journals", v))
    n=(await s.get("/v1/document-types?type=FV")).json()[0]["consecutive"]
    await show("due ahead", await s.post("/v1/journals", b.journal(b.entry("13050501",5,due={"prefix":"FV-1","consecutive":n,"quote":1,"date":"2026-12-01"}),b.entry("11050501",-5))))
    await show("collide", await s.post("/v1/invoices", b.invoice(payments=b.on_credit(1000))))
