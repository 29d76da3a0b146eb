import { useSignedIn } from "@/api/me";
import type { Department, Role } from "@/api/types";
import { LanguageSelect } from "@/forms/LanguageSelect";
import type { Refusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { cx } from "@/ui/cx";
import { Checkbox, Select, TextField } from "@/ui/Field";
import fieldStyles from "@/ui/Field.module.css";
import { messages } from "../messages";
import { type PersonForm, ROLES } from "../model/personForm";

interface Props {
  form: PersonForm;
  onChange: (form: PersonForm) => void;
  refusal: Refusal;
  departments: readonly Department[];
  /** A known person's address and language are theirs to change, or nobody's. */
  known?: boolean;
  /** It is the reader's own account. */
  self?: boolean;
}

export function PersonFields({ form, onChange, refusal, departments, known, self }: Props) {
  const t = useMessages(messages);
  const me = useSignedIn();
  const set = (change: Partial<PersonForm>) => onChange({ ...form, ...change });
  return (
    <>
      <TextField
        id={refusal.idOf("person")}
        label={t("person.name")}
        error={refusal.errorOf("person")}
        autoComplete="off"
        value={form.name}
        onChange={(event) => set({ name: event.target.value })}
      />
      {known ? null : (
        <>
          <TextField
            id={refusal.idOf("email")}
            label={t("person.email")}
            error={refusal.errorOf("email")}
            type="email"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            value={form.email}
            onChange={(event) => set({ email: event.target.value })}
          />
          <LanguageSelect
            label={t("person.language")}
            value={form.language}
            onChange={(language) => set({ language })}
          />
        </>
      )}
      <Select
        id={refusal.idOf("department")}
        label={t("person.department")}
        error={refusal.errorOf("department")}
        value={form.department ?? ""}
        options={[
          { value: "", label: t("people.no_department") },
          ...departments.map((one) => ({ value: one.id, label: one.name })),
        ]}
        onChange={(event) => set({ department: event.target.value || null })}
      />
      <RoleChecks
        id={refusal.idOf("roles")}
        error={refusal.errorOf("roles")}
        roles={form.roles}
        reasonFor={(role) => {
          if (role === "operator" && !me.roles.includes("operator")) {
            return t("person.operators_only");
          }
          return self && role === "office_admin" ? t("person.own_roles") : null;
        }}
        onChange={(roles) => set({ roles })}
      />
    </>
  );
}

interface RolesProps {
  id: string;
  error: string | undefined;
  roles: ReadonlySet<Role>;
  /** Why a role can't be changed here; null when it can. */
  reasonFor: (role: Role) => string | null;
  onChange: (roles: ReadonlySet<Role>) => void;
}

function RoleChecks({ id, error, roles, reasonFor, onChange }: RolesProps) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  return (
    <fieldset
      className={cx(fieldStyles.field, error && fieldStyles.refused)}
      aria-describedby={error ? `${id}-error` : undefined}
    >
      <legend className={fieldStyles.label}>{t("person.roles")}</legend>
      {error ? (
        <p id={`${id}-error`} className={fieldStyles.error}>
          <span className="visually-hidden">{common("error_prefix")} </span>
          {error}
        </p>
      ) : null}
      <div className={fieldStyles.ticks}>
        {ROLES.map((role, index) => (
          <Checkbox
            key={role}
            {...(index === 0 ? { id } : {})}
            label={common(`role.${role}`)}
            hint={reasonFor(role) ?? t(`person.role_hint.${role}`)}
            disabled={reasonFor(role) !== null}
            checked={roles.has(role)}
            onChange={(event) => {
              const next = new Set(roles);
              if (event.target.checked) next.add(role);
              else next.delete(role);
              onChange(next);
            }}
          />
        ))}
      </div>
    </fieldset>
  );
}
