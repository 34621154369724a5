import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import { watch } from 'vue'
import { recorder } from './capture/recorder'
import { rememberPlace } from './frame/place'
import { session } from './session/session'
import TodayScreen from './today/TodayScreen.vue'
import { hold } from './visit/holding'

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/today' },
  { path: '/today', name: 'today', component: TodayScreen },
  {
    path: '/household/:household/:contract',
    name: 'household',
    component: () => import('./today/HouseholdScreen.vue'),
    props: true,
  },
  { path: '/map', name: 'map', component: () => import('./map/MapScreen.vue') },
  { path: '/join', name: 'join', component: () => import('./today/JoinScreen.vue') },
  { path: '/found', name: 'found', component: () => import('./today/FoundScreen.vue') },
  { path: '/enrol', name: 'enrol', component: () => import('./enrol/EnrolScreen.vue') },
  { path: '/sync', name: 'sync', component: () => import('./sync/SyncScreen.vue') },
  { path: '/me', name: 'me', component: () => import('./me/MeScreen.vue') },
  { path: '/me/practice', name: 'practice', component: () => import('./me/PracticeScreen.vue') },
  { path: '/me/report', name: 'report', component: () => import('./me/ReportScreen.vue') },
  { path: '/me/help', name: 'help', component: () => import('./me/HelpScreen.vue') },
  { path: '/recordings', name: 'recordings', component: () => import('./capture/UnfinishedScreen.vue') },
  { path: '/visit/:visit', name: 'visit', component: () => import('./visit/VisitScreen.vue'), props: true },
  { path: '/visit/:visit/form', name: 'form', component: () => import('./form/FormScreen.vue'), props: true },
  { path: '/visit/:visit/conflicts', name: 'conflicts', component: () => import('./form/ConflictsScreen.vue'), props: true },
  { path: '/visit/:visit/outcome', name: 'outcome', component: () => import('./visit/OutcomeScreen.vue'), props: true },
  { path: '/visit/:visit/people', name: 'people', component: () => import('./visit/PeopleScreen.vue'), props: true },
  { path: '/visit/:visit/notes', name: 'notes', component: () => import('./visit/NotesScreen.vue'), props: true },
  { path: '/visit/:visit/waive/:requirement', name: 'waive', component: () => import('./visit/WaiveScreen.vue'), props: true },
  { path: '/visit/:visit/consent', name: 'consent', component: () => import('./capture/ConsentScreen.vue'), props: true },
  { path: '/visit/:visit/photos/:purpose', name: 'photos', component: () => import('./capture/PhotosScreen.vue'), props: true },
  {
    path: '/visit/:visit/photos/:purpose/draw/:photo',
    name: 'draw',
    component: () => import('./capture/DrawingScreen.vue'),
    props: true,
  },
  { path: '/visit/:visit/recording', name: 'recording', component: () => import('./capture/RecordingScreen.vue'), props: true },
  { path: '/visit/:visit/place', name: 'place', component: () => import('./capture/PlaceScreen.vue'), props: true },
  {
    path: '/visit/:visit/signatures/:role',
    name: 'signature',
    component: () => import('./capture/SignatureScreen.vue'),
    props: true,
  },
  { path: '/visit/:visit/seal', name: 'seal', component: () => import('./seal/SealScreen.vue'), props: true },
  { path: '/:rest(.*)*', redirect: '/today' },
]

/** The screens. The hash keeps the place through a reload of the page. */
export const router = createRouter({ history: createWebHashHistory(), routes })

const visitOf = ({ params }: { params: Record<string, unknown> }): string | null =>
  typeof params['visit'] === 'string' ? params['visit'] : null

// Before any screen of a visit is there, it is known whether another window has the visit.
router.beforeResolve((to) => hold(visitOf(to)))
watch(
  () => recorder.visit,
  () => hold(visitOf(router.currentRoute.value)),
)

router.afterEach((to) => {
  // What is practised is gone with the app.
  if (!session.start?.practising) rememberPlace(to.fullPath)
})
