/** The labs that properties of the whole engine look at: those of switches, hosts and NICs (random-lab.ts), and of firewalls (firewall-lab.ts). */
import fc from 'fast-check';
import { cookFirewalls } from './firewall-lab.ts';
import { firewallRecipes } from './firewall-recipe.ts';
import { cook, recipes, type Scenario } from './random-lab.ts';

export const switchScenarios: fc.Arbitrary<Scenario> = recipes.map(cook);
export const firewallScenarios: fc.Arbitrary<Scenario> = firewallRecipes.map(cookFirewalls);

/** Half of each. */
export const scenarios: fc.Arbitrary<Scenario> = fc.oneof(switchScenarios, firewallScenarios);
