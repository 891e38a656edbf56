/* Two files of sign-in configuration: what is stored before a run, and what is to be stored after it. */

const RULES = `
        - local:
            - user: { name: '{0}' }
            - group: { name: readers }
          remote:
            - type: email
            - type: groups
              anyOneOf: ['^cloud-.*$']
              regex: true`;

const SHOP = `
    connectClientId: shop
    orderCloudApiClientId: 11111111-2222-3333-4444-555555555555
    connectClientSecret: { fromEnv: SHOP_SECRET }`;

/** What is stored before: it has entries to change, and entries to delete. */
export const BEFORE = (issuer: string): string => `version: 1
issuers:
  corporate: { url: "${issuer}" }
openIdConnects:
  - id: shop
    issuer: corporate${SHOP}
    integrationEventId: oidc-sync
    appStartUrl: https://shop.example.com/old?token={0}
  - id: old-shop
    issuer: corporate${SHOP}
    appStartUrl: https://old.example.com/login?token={0}
oidcConfigs:
  - idpId: staff
    issuer: corporate
    description: Staff before
    accessMode: PROGRAM_CONSOLE
    clientId: cloud-before
    mapping: { id: mapping_before }
  - idpId: old-staff
    issuer: corporate
    accessMode: PROGRAM
    clientId: cloud-old
`;

/** What is to be stored: with two entries for each platform. */
export const AFTER = (issuer: string): string => `version: 1
issuers:
  corporate: { url: "${issuer}" }
openIdConnects:
  - id: shop
    issuer: corporate${SHOP}
    appStartUrl: https://shop.example.com/login?token={0}
    integrationEventId: null
    additionalIdpScopes: [groups]
  - id: blog
    issuer: corporate
    connectClientId: blog
    orderCloudApiClientId: 11111111-2222-3333-4444-555555555555
    connectClientSecret: { fromEnv: BLOG_SECRET }
    appStartUrl: https://blog.example.com/login?token={0}
    integrationEventId: oidc-sync
oidcConfigs:
  - idpId: staff
    issuer: corporate
    description: Staff, für alle
    accessMode: PROGRAM_CONSOLE
    clientId: cloud
    scope: [openid, email]
    mapping:
      id: mapping_staff
      rules:${RULES}
  - idpId: partners
    issuer: corporate
    accessMode: PROGRAM
    clientId: partners
    mapping:
      rules:${RULES}
`;
